//! Typed scans: what a filter finds, decoded as a view.

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::query::Query;
use super::{EventStore, Filter};
use crate::envelope::RecordedEvent;
use crate::error::{DecodeError, ReadError};
use crate::event::EventView;
use crate::format::Json;

/// Why a scan has no event to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The store could not answer; see [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An event of the view cannot be read; see [`DecodeError`].
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Events with where they come from, one after the other. One that cannot be decoded is an error in its place, and the next
/// ones follow; a failed read is the last item.
pub type ScanStream<'a, V> = BoxStream<'a, Result<(V, RecordedEvent), ScanError>>;

pub(super) fn scan<'a, V, S>(store: &'a S, filter: Filter) -> ScanStream<'a, V>
where
    V: for<'de> EventView<'de> + Send + 'a,
    S: EventStore + ?Sized,
{
    let filter = filter.any_of([Filter::all().view::<V>()]);
    let parts = Query::new(store, filter).events().map(|recorded| {
        let recorded = recorded?;
        let parts = recorded.view::<V>(&Json)?.into_vec();
        let with_recorded = move |part| Ok((part, recorded.clone()));
        Ok::<_, ScanError>(stream::iter(parts.into_iter().map(with_recorded)))
    });
    parts.try_flatten().boxed()
}
