//! [`Bus`]: where events are sent.

use std::error::Error;
use std::sync::Arc;

use crate::envelope::RecordedEvent;

/// Where a publisher sends events: a message broker, a webhook, or an [`InProcessBus`](super::InProcessBus).
///
/// Events come at least once: one that was sent when the program died is sent again. What to make a message of:
///
/// | of the message | of the event |
/// | --- | --- |
/// | id, by which the receiver knows a repeated one | [`RecordedEvent::event_id`], the same each time |
/// | key, for the broker's own order and partitions | [`RecordedEvent::stream`] |
/// | number within the key, rising | [`RecordedEvent::version`] |
/// | headers | `event_type`, `schema_version`, `format`, `recorded_at`, [`RecordedEvent::correlation_id`], `metadata` |
/// | body | `payload` as it is stored, or what [`RecordedEvent::decode`] makes of it, for receivers that know one version only |
///
/// ```
/// use eventsourcing::{Bus, PublishError, RecordedEvent};
/// # struct Client;
/// # impl Client { async fn send(&self, _id: String, _key: &str, _body: &[u8]) -> Result<(), std::io::Error> { Ok(()) } }
///
/// struct Broker { client: Client }
///
/// impl Bus for Broker {
///     async fn publish(&self, event: &RecordedEvent) -> Result<(), PublishError> {
///         if event.payload.len() > 1_000_000 {
///             return Err(PublishError::Refused("a message has a megabyte at most".into()));
///         }
///         let id = event.event_id().to_string();
///         let sent = self.client.send(id, event.stream.as_str(), &event.payload).await;
///         sent.map_err(|error| PublishError::Unavailable(error.into()))
///     }
/// }
/// ```
pub trait Bus: Send + Sync + 'static {
    /// Sends an event, and returns once it will not be lost any more: a broker has confirmed it. The next one of the stream is
    /// sent only then.
    ///
    /// The future may be dropped at any await; the event is sent again.
    ///
    /// # Errors
    /// [`PublishError`]; its kind decides what becomes of the event.
    fn publish(
        &self,
        event: &RecordedEvent,
    ) -> impl Future<Output = Result<(), PublishError>> + Send;
}

/// Why an event was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The bus is not there at the moment, or has not said whether it has the event. It is tried again until it has;
    /// nothing is parked.
    #[error("the bus is not to be had at the moment: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The bus does not take this event. It is parked, the later ones of its stream behind it, and tried again there a few times.
    #[error("the bus has refused it: {0}")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
}

impl<B: Bus> Bus for Arc<B> {
    fn publish(
        &self,
        event: &RecordedEvent,
    ) -> impl Future<Output = Result<(), PublishError>> + Send {
        (**self).publish(event)
    }
}
