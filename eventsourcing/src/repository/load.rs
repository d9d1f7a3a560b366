//! Loading: a baseline, if there is one, and the events behind it.

use super::cache::Baseline;
use super::{AsOf, EventSourced, LoadError, Root};
use crate::aggregate::{Aggregate, stream_id};
use crate::envelope::RecordedEvent;
use crate::format::Format;
use crate::store::{EventStore, StreamRange};
use crate::stream_id::StreamId;
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
            let (version, expected) = (baseline.version, baseline.last_event);
            (root.state, root.base, root.last_event) = (baseline.state, version, Some(expected));
            let fits = |first: &RecordedEvent| first.event_id() == expected && within(first, as_of);
            if self.replay(&mut root, version, as_of, fits).await? {
                return Ok(root);
            }
            self.forget(&stream);
        }
        let mut root = initial();
        self.replay(&mut root, Version::FIRST, as_of, |_| true)
            .await?;
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

    /// Reads from `from` on and applies what lies behind `root.base`. `false` if the event at `from` is not there or
    /// does not fit: the root is then of no use.
    async fn replay(
        &self,
        root: &mut Root<A>,
        from: Version,
        as_of: Option<AsOf>,
        fits: impl Fn(&RecordedEvent) -> bool + Send,
    ) -> Result<bool, LoadError> {
        let mut range = match as_of {
            Some(AsOf::Version(version)) => StreamRange::from(from).to(version),
            Some(AsOf::Time(_)) | None => StreamRange::from(from),
        };
        let with_baseline = root.base > Version::EMPTY;
        loop {
            let page = self.store.read_stream(&root.stream, range).await?;
            if let Some(AsOf::Version(asked)) = as_of
                && asked > page.head
            {
                return Err(LoadError::VersionBeyondHead {
                    stream: root.stream.clone(),
                    asked,
                    head: page.head,
                });
            }
            if with_baseline && range.from == from && !page.events.first().is_some_and(&fits) {
                return Ok(false);
            }
            for event in &page.events {
                if !within(event, as_of) {
                    return Ok(true);
                }
                if event.version > root.base {
                    event
                        .decode::<A::Event>(&*self.format)?
                        .for_each(|event| root.state.evolve(event));
                    (root.base, root.last_event) = (event.version, Some(event.event_id()));
                    root.replayed += 1;
                }
            }
            match page.next {
                Some(next) => range = next,
                None => return Ok(true),
            }
        }
    }
}

fn within(event: &RecordedEvent, as_of: Option<AsOf>) -> bool {
    match as_of {
        Some(AsOf::Time(time)) => event.recorded_at <= time,
        Some(AsOf::Version(_)) | None => true,
    }
}
