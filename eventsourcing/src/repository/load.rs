//! Loading: a baseline, if there is one, and the events behind it.

use std::ops::ControlFlow;

use super::cache::Baseline;
use super::{AsOf, EventSourced, LoadError, Root};
use crate::aggregate::{Aggregate, stream_id};
use crate::envelope::RecordedEvent;
use crate::error::ReadError;
use crate::format::Format;
use crate::ids::EventId;
use crate::store::{EventStore, StreamRange};
use crate::stream_id::StreamId;
use crate::time::Timestamp;
use crate::version::Version;

impl<A: Aggregate, S: EventStore, F: Format> EventSourced<A, S, F> {
    pub(super) async fn load_root(
        &self,
        id: &A::Id,
        as_of: Option<AsOf>,
    ) -> Result<Root<A>, LoadError> {
        let stream = stream_id::<A>(id)?;
        let initial = || Root::initial(id.clone(), stream.clone(), self.clock.now());
        if let Some(baseline) = self.baseline(&stream, as_of).await {
            // Read from the baseline's own event on: it shows that the baseline belongs to this history.
            let mut root = initial();
            root.state = baseline.state;
            (root.base, root.last_event) = (baseline.version, Some(baseline.last_event));
            if self.replay(&mut root, baseline.version, as_of).await? {
                return Ok(root);
            }
            if as_of.is_none() {
                self.forget(&stream); // a look into the past may find it merely too new
            }
        }
        let mut root = initial();
        self.replay(&mut root, Version::FIRST, as_of).await?;
        Ok(root)
    }

    /// The newest usable state to start from: kept in memory, or a snapshot.
    async fn baseline(&self, stream: &StreamId, as_of: Option<AsOf>) -> Option<Baseline<A>> {
        let usable = |baseline: &Baseline<A>| match as_of {
            Some(AsOf::Version(version)) => baseline.version <= version,
            Some(AsOf::Time(_)) | None => true,
        };
        let cached = self
            .cache
            .as_ref()
            .and_then(|cache| cache.get(stream))
            .filter(usable);
        match (cached, &self.snapshots) {
            (None, Some(snapshots)) => snapshots.load(&self.format, stream).await.filter(usable),
            (cached, _) => cached,
        }
    }

    /// Reads from `from` on and applies what lies behind `root.base`. `false` if the root stands at an event that is
    /// not there at `from`, or was recorded too late: it is then of no use.
    async fn replay(
        &self,
        root: &mut Root<A>,
        from: Version,
        as_of: Option<AsOf>,
    ) -> Result<bool, LoadError> {
        let mut range = match as_of {
            Some(AsOf::Version(version)) => StreamRange::from(from).to(version),
            Some(AsOf::Time(_)) | None => StreamRange::from(from),
        };
        let until = match as_of {
            Some(AsOf::Time(time)) => time,
            Some(AsOf::Version(_)) | None => Timestamp::from_micros(i64::MAX),
        };
        let (stream, before) = (root.stream.clone(), root.base);
        let mut baseline = root.last_event;
        loop {
            let (mut stop, mut last) = (None, None);
            let mut each = |event: &RecordedEvent| {
                if baseline.is_some() && !fits(baseline.take(), event, until) {
                    stop = Some(Ok(false));
                    return ControlFlow::Break(());
                }
                if event.recorded_at > until {
                    stop = Some(Ok(true));
                    return ControlFlow::Break(());
                }
                if event.version > root.base {
                    if event.version != root.base.next() {
                        stop = Some(Err(hole(root.base, event)));
                        return ControlFlow::Break(());
                    }
                    match event.decode::<A::Event>(&*self.format) {
                        Ok(decoded) => decoded.for_each(|event| root.state.evolve(event)),
                        Err(error) => {
                            stop = Some(Err(error.into()));
                            return ControlFlow::Break(());
                        }
                    }
                    root.base = event.version;
                    last = Some((event.commit_id, event.commit_index));
                }
                ControlFlow::Continue(())
            };
            let rest = (*self.store)
                .visit_stream(&stream, range, &mut each)
                .await
                .map_err(LoadError::read(&stream))?;
            if let Some((commit, index)) = last {
                root.last_event = Some(commit.event_id(index));
                root.replayed = root.base.get() - before.get();
            }
            if let Some(AsOf::Version(asked)) = as_of
                && asked > rest.head
            {
                let head = rest.head;
                return Err(LoadError::VersionBeyondHead {
                    stream,
                    asked,
                    head,
                });
            }
            match (stop, rest.next) {
                (Some(stop), _) => return stop,
                (None, _) if baseline.is_some() => return Ok(false),
                (None, Some(next)) => range = next,
                (None, None) => return Ok(true),
            }
        }
    }
}

/// The aggregate must not decide on part of its facts, so what is missing is not skipped.
#[cold]
fn hole(after: Version, event: &RecordedEvent) -> LoadError {
    let RecordedEvent {
        stream,
        version,
        position,
        ..
    } = event;
    LoadError::Read {
        stream: stream.clone(),
        source: ReadError::Corruption {
            position: *position,
            reason: format!("it goes on with version {version} after version {after}"),
        },
    }
}

/// Whether the event is the one that the baseline was taken at. Cold: once per load, in the loop over all events.
#[cold]
fn fits(baseline: Option<EventId>, event: &RecordedEvent, until: Timestamp) -> bool {
    baseline == Some(event.event_id()) && event.recorded_at <= until
}
