//! Where to look for events that match a filter.

use eventsourcing::{CommitId, Filter};

use crate::error::LookupError;
use crate::index::{Candidates, CommitPlace, Entry, Index};

/// Events behind a position that is this near to the end are looked through one by one.
const NEAR: u64 = 256;

/// Where to look for events that match a filter.
#[derive(Debug)]
pub(super) enum Source {
    /// Everywhere.
    Scan,
    /// At these places.
    Lists(Candidates),
    /// Where commits were given the correlation id, and in the commit that has it for its own.
    Correlated(Candidates, Option<CommitPlace>),
    /// In one commit.
    Commit(Option<CommitPlace>),
}

impl Source {
    /// The narrowest source for a filter.
    pub(super) fn of(
        index: &Index,
        filter: &Filter,
        after: u64,
        head: u64,
    ) -> Result<Self, LookupError> {
        if let Some(id) = filter.commit_id() {
            return Ok(Self::Commit(index.commit(id)?));
        }
        if head.saturating_sub(after) <= NEAR {
            return Ok(Self::Scan);
        }
        if let Some(lists) = index.correlated(filter, after) {
            let id = filter
                .correlation_id()
                .map(|id| CommitId::from_uuid(*id.as_uuid()));
            let own = id.map_or(Ok(None), |id| index.commit(id))?;
            return Ok(Self::Correlated(lists, own));
        }
        Ok(index
            .candidates(filter, after)
            .map_or(Self::Scan, Self::Lists))
    }

    /// The first place at or behind `position`; `None` if there is none up to [`Source::known_to`].
    pub(super) fn seek(
        &mut self,
        index: &Index,
        position: u64,
    ) -> Result<Option<Entry>, LookupError> {
        let in_commit = |place: &Option<CommitPlace>| {
            let place = place.filter(|place| position < place.first + u64::from(place.count))?;
            Some(Entry {
                position: position.max(place.first),
                address: place.address,
            })
        };
        Ok(match self {
            Self::Scan => None,
            Self::Lists(lists) => lists.seek(index.engine(), position)?,
            Self::Commit(place) => in_commit(place),
            Self::Correlated(lists, own) => {
                let known_to = lists.known_to();
                let own = in_commit(own).filter(|entry| entry.position <= known_to);
                let listed = lists.seek(index.engine(), position)?;
                [own, listed]
                    .into_iter()
                    .flatten()
                    .min_by_key(|entry| entry.position)
            }
        })
    }

    /// Up to here the source knows everything; `None` if that is the log's end.
    pub(super) fn known_to(&self) -> Option<u64> {
        match self {
            Self::Scan | Self::Commit(_) => None,
            Self::Lists(lists) | Self::Correlated(lists, _) => Some(lists.known_to()),
        }
    }
}
