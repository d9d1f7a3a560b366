//! [`InProcessBus`]: events for other parts of the same program.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::Stream;
use tokio::sync::mpsc;

use super::bus::{Bus, PublishError};
use crate::envelope::RecordedEvent;

/// A bus to other parts of the same program: each subscriber gets every event that is published after it has subscribed.
/// Clones are the same bus.
///
/// A subscriber whose buffer is full holds the publisher up, and with it all other subscribers, until it has room again; it
/// is shown as waiting then. A subscriber that was dropped is let go. Without subscribers, events count as published: subscribe
/// before the runner is started.
///
/// An event counts as published once it is in all buffers. What is there when the program dies is gone, so
/// this is for what lives no longer than the program: pages that are open, caches, figures. What has to be done for
/// each event is a [`Projection`](crate::Projection) or a [`ProcessManager`](crate::ProcessManager).
///
/// ```
/// use eventsourcing::{Filter, InProcessBus, MemoryStore, ProjectionRunner, ReadModels};
/// # use eventsourcing::{Commit, EventStore, ExpectedVersion, FormatId, NewEvent};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (log, rows) = (MemoryStore::new(), ReadModels::in_memory());
/// let bus = InProcessBus::new();
/// let mut events = bus.subscribe(100);
/// let running = ProjectionRunner::new(log.clone(), rows)
///     .add_publisher("open-pages", Filter::all().category("account"), bus)
///     .start()?;
/// # let event = NewEvent { event_type: "account.opened".into(), schema_version: 1, readable_by: 1, format: FormatId::JSON, tags: vec![], payload: "{}".into() };
/// # log.append(Commit::new().append("account-7".parse()?, ExpectedVersion::Any, vec![event])).await?;
/// while let Some(event) = events.recv().await {
///     println!("{} {}", event.stream, event.event_type);
///     # assert_eq!(event.stream.as_str(), "account-7");
///     # break;
/// }
/// running.shutdown().await;
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct InProcessBus {
    subscribers: Arc<Mutex<Vec<mpsc::Sender<RecordedEvent>>>>,
}

impl InProcessBus {
    /// A bus that nobody has subscribed to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Subscribes to what is published from now on, with a buffer for so many events, at least one.
    pub fn subscribe(&self, buffer: usize) -> BusSubscriber {
        let (sender, receiver) = mpsc::channel(buffer.max(1));
        self.lock().push(sender);
        BusSubscriber { receiver }
    }

    /// How many subscribers there are.
    pub fn subscribers(&self) -> usize {
        let subscribers = self.lock();
        let there = subscribers.iter().filter(|sender| !sender.is_closed());
        there.count()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<mpsc::Sender<RecordedEvent>>> {
        // Nothing panics while it is changed, so poison is harmless.
        self.subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bus for InProcessBus {
    async fn publish(&self, event: &RecordedEvent) -> Result<(), PublishError> {
        let subscribers = {
            let mut subscribers = self.lock();
            subscribers.retain(|sender| !sender.is_closed());
            subscribers.clone()
        };
        // Room with all of them first: should this be dropped meanwhile, nobody has got the event.
        let mut room = Vec::with_capacity(subscribers.len());
        for subscriber in subscribers {
            // One that has gone in the meantime wants nothing.
            room.extend(subscriber.reserve_owned().await);
        }
        for place in room {
            place.send(event.clone());
        }
        Ok(())
    }
}

impl fmt::Debug for InProcessBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessBus")
            .field("subscribers", &self.subscribers())
            .finish()
    }
}

/// What a subscriber of an [`InProcessBus`] receives; also a `Stream`. Dropping it ends the subscription.
#[derive(Debug)]
pub struct BusSubscriber {
    receiver: mpsc::Receiver<RecordedEvent>,
}

impl BusSubscriber {
    /// The next event; waits for one. `None` once the bus and all its clones are gone, also that of its publisher. It may be
    /// dropped at any point.
    pub async fn recv(&mut self) -> Option<RecordedEvent> {
        self.receiver.recv().await
    }

    /// The next event, if one is there.
    pub fn try_recv(&mut self) -> Option<RecordedEvent> {
        self.receiver.try_recv().ok()
    }
}

impl Stream for BusSubscriber {
    type Item = RecordedEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<RecordedEvent>> {
        self.receiver.poll_recv(cx)
    }
}
