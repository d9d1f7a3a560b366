//! Snapshots: when one is due, how it is taken off the command's path, and when one is trusted.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;

use super::cache::Baseline;
use super::{EventSourced, Root};
use crate::aggregate::Aggregate;
use crate::event::{Event, Fate};
use crate::fnv::Fnv;
use crate::format::{Format, FormatError, FormatId};
use crate::store::{EventStore, Snapshot, SnapshotStore};
use crate::stream_id::StreamId;

/// How a repository takes and reads snapshots. The function pointers keep serde's bounds out of every signature.
pub(super) struct Snapshots<A, F> {
    pub(super) store: Arc<dyn SnapshotStore>,
    pub(super) every: u64,
    pub(super) fingerprint: u64,
    pub(super) encode: fn(&F, &A, &mut Vec<u8>) -> Result<(), FormatError>,
    pub(super) decode: fn(&F, FormatId, &[u8]) -> Result<A, FormatError>,
    pub(super) in_flight: InFlight,
}

impl<A: Aggregate, F: Format> Snapshots<A, F> {
    /// The stream's snapshot, if there is one of today's shape. Anything else means replay, so it is only logged.
    pub(super) async fn load(&self, format: &F, stream: &StreamId) -> Option<Baseline<A>> {
        let snapshot = match (*self.store).load_snapshot(stream).await {
            Ok(snapshot) => snapshot?,
            Err(error) => {
                tracing::warn!(%stream, %error, "snapshot cannot be read; replaying");
                return None;
            }
        };
        if snapshot.fingerprint != self.fingerprint {
            tracing::debug!(%stream, "snapshot has another shape; replaying");
            return None;
        }
        match (self.decode)(format, snapshot.format, &snapshot.state) {
            Ok(state) => Some(Baseline {
                state,
                version: snapshot.version,
                last_event: snapshot.last_event,
            }),
            Err(error) => {
                tracing::warn!(%stream, %error, "snapshot cannot be decoded; replaying");
                None
            }
        }
    }
}

impl<A: Aggregate, S: EventStore, F: Format> EventSourced<A, S, F> {
    /// Starts a snapshot if the `count` events just saved crossed a multiple of the interval, or if loading had to
    /// read more than an interval.
    pub(super) async fn snapshot_if_due(&self, root: &mut Root<A>, count: u64) {
        let Some(snapshots) = &self.snapshots else {
            return;
        };
        let (now, before) = (root.base.get(), root.base.get().saturating_sub(count));
        let crossed = now / snapshots.every > before / snapshots.every;
        if !crossed && root.replayed < snapshots.every {
            return;
        }
        let Some(ticket) = snapshots.in_flight.enter(&root.stream) else {
            return;
        };
        root.replayed = 0; // this one makes up for it
        let (mut this, id) = (self.clone(), root.id.clone());
        // A kept state was folded from events before they were written; only stored ones count here.
        this.cache = None;
        let take = async move {
            this.take_snapshot(&id).await;
            drop(ticket);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(take)),
            // Without a runtime there is no background; late is better than never.
            Err(_) => Box::pin(take).await,
        }
    }

    /// Replays the stored events, so that the snapshot shows what they say and nothing else.
    async fn take_snapshot(&self, id: &A::Id) {
        let Some(snapshots) = &self.snapshots else {
            return;
        };
        let root = match self.load_root(id, None).await {
            Ok(root) => root,
            Err(error) => return tracing::warn!(%id, %error, "no snapshot: loading failed"),
        };
        let (stream, Some(last_event)) = (&root.stream, root.last_event) else {
            return;
        };
        let mut state = Vec::new();
        if let Err(error) = (snapshots.encode)(&self.format, &root.state, &mut state) {
            return tracing::warn!(%stream, %error, "no snapshot: the state cannot be encoded");
        }
        let snapshot = Snapshot {
            stream: stream.clone(),
            version: root.base,
            last_event,
            fingerprint: snapshots.fingerprint,
            format: F::ID,
            state: Bytes::from(state),
        };
        if let Err(error) = snapshots.store.save_snapshot(snapshot).await {
            tracing::warn!(%stream, %error, "no snapshot: saving failed");
        }
    }
}

/// Which streams are being snapshotted at the moment.
pub(super) struct InFlight {
    streams: Arc<Mutex<HashSet<StreamId>>>,
    count: watch::Sender<usize>,
}

impl Default for InFlight {
    fn default() -> Self {
        Self {
            streams: Arc::default(),
            count: watch::Sender::new(0),
        }
    }
}

impl InFlight {
    /// `None` if the stream is in already. The ticket leaves when dropped, also if the task panics or is cancelled.
    fn enter(&self, stream: &StreamId) -> Option<Ticket> {
        let entered = self
            .streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(stream.clone());
        entered.then(|| {
            self.count.send_modify(|count| *count += 1);
            Ticket {
                streams: self.streams.clone(),
                count: self.count.clone(),
                stream: stream.clone(),
            }
        })
    }

    pub(super) async fn settled(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

struct Ticket {
    streams: Arc<Mutex<HashSet<StreamId>>>,
    count: watch::Sender<usize>,
    stream: StreamId,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.stream);
        self.count.send_modify(|count| *count -= 1);
    }
}

/// Shape of the state and of the table of events it is folded from.
pub(super) fn fingerprint<A: Aggregate>() -> u64 {
    let mut hash = Fnv::new().bytes(&A::STATE_FINGERPRINT.to_le_bytes());
    for stored in A::Event::STORED {
        let fate = match stored.fate {
            Fate::Current(_) => 0,
            Fate::Upcast(_) => 1,
            Fate::Split(_) => 2,
            Fate::Retired(_) => 3,
            Fate::Refused(_) => 4,
            Fate::Unsupported => 5,
        };
        hash = hash
            .bytes(stored.name.as_bytes())
            .bytes(&stored.version.to_le_bytes())
            .bytes(&[0xff, fate]);
        // By name: the order of variants means nothing.
        for event in stored
            .read_as()
            .filter_map(|index| A::Event::TYPES.get(index))
        {
            hash = hash.bytes(event.name.as_bytes()).bytes(&[0xff]);
        }
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::DecodeError;
    use crate::event::{Decoded, EventType, Slot, StoredType};
    use crate::upcast::UpcastCx;

    /// `corrected` was split into another event before.
    #[derive(Clone)]
    enum Booking<const BEFORE: bool> {}

    impl<const BEFORE: bool> Event for Booking<BEFORE> {
        const TYPES: &'static [EventType] = &[
            EventType::new("paid", 1, &[]),
            EventType::new("got", 1, &[]),
        ];
        const STORED: &'static [StoredType] = &[StoredType::new(
            "corrected",
            1,
            Fate::Split(if BEFORE { &[0] } else { &[1] }),
        )];

        fn type_index(&self) -> usize {
            match *self {}
        }

        fn slot(_: &str, _: u16) -> Option<Slot> {
            None
        }

        fn encode<F: Format>(&self, _: &F, _: &mut Vec<u8>) -> Result<(), FormatError> {
            match *self {}
        }

        fn decode<F: Format>(
            slot: Slot,
            _: &F,
            cx: &UpcastCx<'_>,
        ) -> Result<Decoded<Self>, DecodeError> {
            crate::__private::bad_slot(slot, cx)
        }
    }

    struct Account<const BEFORE: bool>;

    impl<const BEFORE: bool> Aggregate for Account<BEFORE> {
        const NAME: &'static str = "account";
        type Id = u64;
        type Event = Booking<BEFORE>;
        type Error = std::convert::Infallible;

        fn initial() -> Self {
            Self
        }

        fn evolve(&mut self, event: Self::Event) {
            match event {}
        }
    }

    #[test]
    fn a_split_into_other_events_makes_another_shape() {
        assert_ne!(
            fingerprint::<Account<true>>(),
            fingerprint::<Account<false>>()
        );
    }
}
