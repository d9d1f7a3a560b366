//! What can happen in a random history.

use eventsourcing::{CommitId, CorrelationId, Direction, Filter, StreamId, Tag};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{collection, option};

use crate::contract::restart::End;
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
        chain: Option<usize>,
        actor: Option<usize>,
    },
    /// An earlier commit once more, as it was or with other content.
    Repeat {
        earlier: usize,
        changed: bool,
    },
    ReadStream {
        stream: usize,
        from: u64,
        to: u64,
        direction: Direction,
        limit: usize,
    },
    ReadLog {
        filter: Choice,
        times: Option<Times>,
        after: usize,
        limit: usize,
    },
    /// The same backwards, before a place.
    ReadBack {
        filter: Choice,
        before: usize,
        limit: usize,
    },
    SaveSnapshot {
        stream: usize,
        version: u64,
        len: usize,
    },
    DeleteSnapshot {
        stream: usize,
    },
    /// Moves a checkpoint behind so many events; expects what is there or something else.
    StoreCheckpoint {
        name: usize,
        expected: bool,
        place: usize,
        epoch: i8,
    },
    /// The process ends and the store is opened again.
    End(End),
}

/// What a filter wants: the parts that the bits choose, a chain, an earlier commit, an actor, places from and to, or what
/// one of several choices wants.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    pub(super) bits: usize,
    pub(super) chain: Option<usize>,
    pub(super) commit: Option<usize>,
    pub(super) actor: Option<usize>,
    pub(super) places: Option<(usize, usize)>,
    pub(super) any_of: Option<Vec<Choice>>,
}

/// Events between whose times it must lie; each store has times of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) from: Option<usize>,
    pub(super) until: Option<usize>,
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
    pub(super) filters: Vec<Choice>,
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

/// What several commits have in common.
pub(super) fn chain(index: usize) -> CorrelationId {
    CommitId::from_key(&format!("chain {}", index % 2)).into()
}

pub(super) fn actor(index: usize) -> &'static str {
    ["ada", "bob"][index % 2]
}

/// The part of a filter that needs no store.
pub(super) fn filter(choice: &Choice) -> Filter {
    let bits = choice.bits;
    let mut filter = Filter::all();
    if bits & 1 != 0 {
        filter = filter.category(CATEGORIES[bits / 32 % 2]);
    }
    if bits & 2 != 0 {
        filter = filter.event_type(name(bits / 64));
    }
    if bits & 4 != 0 {
        filter = filter.event_type(name(bits / 64 + 1));
    }
    if bits & 8 != 0 {
        filter = filter.tag(tag(bits / 128));
    }
    if bits & 16 != 0 {
        filter = filter.tag(tag(bits / 128 + 1));
    }
    if let Some(index) = choice.actor {
        filter = filter.actor(actor(index));
    }
    match choice.chain {
        Some(index) => filter.correlation(chain(index)),
        None => filter,
    }
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let limit = || prop_oneof![Just(1_usize), 2..5_usize, Just(1000)];
    let condition = (collection::vec(choice(), 0..3), 0..60_usize)
        .prop_map(|(filters, after)| Condition { filters, after });
    let direction = prop_oneof![Just(Direction::Forward), Just(Direction::Backward)];
    let times = (option::of(0..60_usize), option::of(0..60_usize))
        .prop_map(|(from, until)| Times { from, until });
    prop_oneof![
        24 => (
            collection::vec(part(), 1..4),
            option::weighted(0.3, condition),
            option::weighted(0.3, 0..2_usize),
            option::weighted(0.5, 0..2_usize),
        )
            .prop_map(|(parts, condition, chain, actor)| {
                Step::Append { parts, condition, chain, actor }
            }),
        6 => (0..40_usize, any::<bool>())
            .prop_map(|(earlier, changed)| Step::Repeat { earlier, changed }),
        9 => (0..4_usize, 0..20_u64, 0..20_u64, direction, limit()).prop_map(
            |(stream, from, to, direction, limit)| {
                Step::ReadStream { stream, from, to, direction, limit }
            }
        ),
        12 => (choice(), option::weighted(0.4, times), 0..60_usize, limit()).prop_map(
            |(filter, times, after, limit)| Step::ReadLog { filter, times, after, limit }
        ),
        6 => (choice(), 0..60_usize, limit())
            .prop_map(|(filter, before, limit)| Step::ReadBack { filter, before, limit }),
        3 => (0..4_usize, 0..20_u64, prop_oneof![0..100_usize, 4000..9000_usize])
            .prop_map(|(stream, version, len)| Step::SaveSnapshot { stream, version, len }),
        1 => (0..4_usize).prop_map(|stream| Step::DeleteSnapshot { stream }),
        4 => (0..2_usize, any::<bool>(), 0..60_usize, -1..2_i8).prop_map(
            |(name, expected, place, epoch)| {
                Step::StoreCheckpoint { name, expected, place, epoch }
            }
        ),
        1 => Just(Step::End(End::Closed)),
        1 => Just(Step::End(End::Crashed)),
    ]
}

fn choice() -> impl Strategy<Value = Choice> {
    let inner = collection::vec(plain(), 0..4).prop_map(|mut any_of| {
        // One of them is a choice itself now and then.
        if any_of.len() > 2 {
            let nested = any_of.split_off(1);
            any_of[0].any_of = Some(nested);
        }
        any_of
    });
    (plain(), option::weighted(0.25, inner)).prop_map(|(plain, any_of)| Choice { any_of, ..plain })
}

fn plain() -> impl Strategy<Value = Choice> {
    (
        0..512_usize,
        option::weighted(0.15, 0..2_usize),
        option::weighted(0.1, 0..40_usize),
        option::weighted(0.15, 0..2_usize),
        option::weighted(0.15, (0..60_usize, 0..60_usize)),
    )
        .prop_map(|(bits, chain, commit, actor, places)| Choice {
            bits,
            chain,
            commit,
            actor,
            places,
            any_of: None,
        })
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
