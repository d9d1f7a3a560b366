//! What can happen in a random history.

use eventsourcing::{Direction, Filter, StreamId, Tag};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection, option};

use crate::contract::support::stream;

const CATEGORIES: [&str; 2] = ["account", "order"];
const NAMES: [&str; 3] = ["opened", "moved", "closed"];
const TAGS: [&str; 3] = ["red", "green", "blue"];

/// One step. Numbers that stand for streams, filters or places are taken modulo what there is.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Append {
        parts: Vec<Part>,
        condition: Option<Condition>,
    },
    /// An earlier commit once more, as it was or with other content.
    Repeat { earlier: usize, changed: bool },
    ReadStream {
        stream: usize,
        from: u64,
        to: u64,
        direction: Direction,
        limit: usize,
    },
    ReadLog {
        filter: usize,
        after: usize,
        limit: usize,
    },
    /// Only where something survives it.
    Reopen,
}

#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) stream: usize,
    pub(super) expected: Expected,
    pub(super) events: Vec<Content>,
}

/// Name, tags and payload of an event.
pub(super) type Content = (usize, Vec<usize>, Vec<u8>);

#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    Any,
    NoStream,
    Exists,
    /// The actual version and this much.
    Near(i8),
}

#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) filters: Vec<usize>,
    /// Behind this many events of the log; one more than there are is beyond the head.
    pub(super) after: usize,
}

pub(super) fn streams(index: usize) -> StreamId {
    stream(CATEGORIES[index % 2], ["1", "2"][index / 2 % 2])
}

pub(super) fn name(index: usize) -> &'static str {
    NAMES[index % NAMES.len()]
}

pub(super) fn tag(index: usize) -> Tag {
    Tag::new(TAGS[index % TAGS.len()]).expect("a valid tag")
}

/// A filter of the parts that the bits of `index` choose.
pub(super) fn filter(index: usize) -> Filter {
    let mut filter = Filter::all();
    if index & 1 != 0 {
        filter = filter.category(CATEGORIES[index / 32 % 2]);
    }
    if index & 2 != 0 {
        filter = filter.event_type(name(index / 64));
    }
    if index & 4 != 0 {
        filter = filter.event_type(name(index / 64 + 1));
    }
    if index & 8 != 0 {
        filter = filter.tag(tag(index / 128));
    }
    if index & 16 != 0 {
        filter = filter.tag(tag(index / 128 + 1));
    }
    filter
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let limit = || prop_oneof![Just(1_usize), 2..5_usize, Just(1000)];
    let condition = (collection::vec(0..512_usize, 0..3), 0..60_usize)
        .prop_map(|(filters, after)| Condition { filters, after });
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    prop_oneof![
        8 => (collection::vec(part(), 1..3), option::weighted(0.3, condition))
            .prop_map(|(parts, condition)| Step::Append { parts, condition }),
        2 => (0..40_usize, any::<bool>())
            .prop_map(|(earlier, changed)| Step::Repeat { earlier, changed }),
        3 => (0..4_usize, 0..20_u64, 0..20_u64, direction, limit()).prop_map(
            |(stream, from, to, direction, limit)| {
                Step::ReadStream { stream, from, to, direction, limit }
            }
        ),
        3 => (0..512_usize, 0..60_usize, limit())
            .prop_map(|(filter, after, limit)| Step::ReadLog { filter, after, limit }),
        1 => Just(Step::Reopen),
    ]
}

fn part() -> impl Strategy<Value = Part> {
    let expected = prop_oneof![
        4 => Just(Expected::Any),
        1 => Just(Expected::NoStream),
        1 => Just(Expected::Exists),
        3 => Just(Expected::Near(0)),
        1 => (-2..3_i8).prop_map(Expected::Near),
    ];
    let content = (
        0..NAMES.len(),
        collection::vec(0..TAGS.len(), 0..3),
        collection::vec(any::<u8>(), 0..12),
    );
    (0..4_usize, expected, collection::vec(content, 1..4)).prop_map(|(stream, expected, events)| {
        Part {
            stream,
            expected,
            events,
        }
    })
}
