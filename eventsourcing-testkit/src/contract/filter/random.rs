//! Filters by chance, of what there is in a log.

use eventsourcing::{Filter, RecordedEvent};
use fastrand::Rng;

/// A filter with one to three parts, most of which match something. Alternatives go so deep.
pub(super) fn filter(rng: &mut Rng, log: &[RecordedEvent], depth: usize) -> Filter {
    let mut filter = Filter::all();
    for _ in 0..rng.usize(1..=3) {
        filter = with_part(rng, log, filter, depth);
    }
    filter
}

fn with_part(rng: &mut Rng, log: &[RecordedEvent], filter: Filter, depth: usize) -> Filter {
    let event = |rng: &mut Rng| &log[rng.usize(..log.len())];
    let one = event(rng);
    match rng.usize(..if depth > 0 { 14 } else { 10 }) {
        0 => filter.category(one.stream.category()),
        1 => filter.event_type(&*one.event_type),
        2 => filter.event_type(&*one.event_type).event_type("nothing"),
        3 | 4 => match one.tags.first() {
            Some(tag) => filter.tag(tag.clone()),
            None => filter,
        },
        5 => filter.correlation(one.correlation_id()),
        6 if rng.bool() => filter.commit(one.commit_id),
        6 | 7 => match (&one.metadata.actor, one.metadata.causation_id) {
            (Some(actor), _) => filter.actor(actor),
            (None, Some(cause)) => filter.causation(cause),
            (None, None) => filter,
        },
        8 => {
            let (from, to) = (one.position, event(rng).position);
            filter.positions(from.min(to)..=from.max(to))
        }
        9 => {
            let (from, to) = (one.recorded_at, event(rng).recorded_at);
            filter.recorded(from.min(to)..=from.max(to))
        }
        _ => {
            let count = rng.usize(1..=3);
            let alternatives: Vec<_> = (0..count)
                .map(|_| self::filter(rng, log, depth - 1))
                .collect();
            filter.any_of(alternatives)
        }
    }
}
