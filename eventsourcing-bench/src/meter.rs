//! Eight small events and a state that counts: nothing but dispatch costs anything here.

use eventsourcing::{Aggregate, Apply, Event};
use serde::{Deserialize, Serialize};

macro_rules! payloads {
    ($($name:ident),*) => { $(
        #[doc = concat!("The payload of `", stringify!($name), "`.")]
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        pub(crate) struct $name(pub(crate) u64);
    )* };
}

payloads!(
    Rose, Fell, Doubled, Halved, Flipped, Marked, Shifted, Cleared
);

#[derive(Debug, Clone, Copy, PartialEq, Event)]
pub(crate) enum MeterEvent {
    #[es(name = "meter.rose")]
    Rose(Rose),
    #[es(name = "meter.fell")]
    Fell(Fell),
    #[es(name = "meter.doubled")]
    Doubled(Doubled),
    #[es(name = "meter.halved")]
    Halved(Halved),
    #[es(name = "meter.flipped")]
    Flipped(Flipped),
    #[es(name = "meter.marked")]
    Marked(Marked),
    #[es(name = "meter.shifted")]
    Shifted(Shifted),
    #[es(name = "meter.cleared")]
    Cleared(Cleared),
}

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, Aggregate)]
#[es(name = "meter", id = u64, event = MeterEvent, error = std::convert::Infallible)]
pub(crate) struct Meter {
    pub(crate) level: u64,
    pub(crate) marks: u64,
}

impl Apply<Rose> for Meter {
    fn apply(&mut self, event: Rose) {
        self.level = self.level.wrapping_add(event.0);
    }
}

impl Apply<Fell> for Meter {
    fn apply(&mut self, event: Fell) {
        self.level = self.level.wrapping_sub(event.0);
    }
}

impl Apply<Doubled> for Meter {
    fn apply(&mut self, event: Doubled) {
        self.level = self.level.wrapping_mul(2).wrapping_add(event.0);
    }
}

impl Apply<Halved> for Meter {
    fn apply(&mut self, event: Halved) {
        self.level = self.level / 2 + event.0;
    }
}

impl Apply<Flipped> for Meter {
    fn apply(&mut self, event: Flipped) {
        self.level ^= event.0;
    }
}

impl Apply<Marked> for Meter {
    fn apply(&mut self, event: Marked) {
        self.marks |= event.0;
    }
}

impl Apply<Shifted> for Meter {
    fn apply(&mut self, event: Shifted) {
        self.level = self.level.rotate_left(7) ^ event.0;
    }
}

impl Apply<Cleared> for Meter {
    fn apply(&mut self, event: Cleared) {
        self.marks = event.0;
    }
}

/// Events of all kinds in an order that no branch predictor learns.
pub(crate) fn events(count: usize) -> Vec<MeterEvent> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let event = |random: u64| match random >> 61 {
        0 => MeterEvent::Rose(Rose(random & 0xff)),
        1 => MeterEvent::Fell(Fell(random & 0xff)),
        2 => MeterEvent::Doubled(Doubled(random & 1)),
        3 => MeterEvent::Halved(Halved(random & 3)),
        4 => MeterEvent::Flipped(Flipped(random)),
        5 => MeterEvent::Marked(Marked(random & 0xf0)),
        6 => MeterEvent::Shifted(Shifted(random)),
        _ => MeterEvent::Cleared(Cleared(random & 0xf)),
    };
    (0..count).map(|_| event(next())).collect()
}

/// Folds through the derived dispatch.
#[inline(never)]
pub(crate) fn fold_derived(events: &[MeterEvent]) -> Meter {
    let mut meter = Meter::initial();
    for event in events {
        meter.evolve(*event);
    }
    meter
}

/// Folds through a `match` written by hand, with the transitions' bodies in its arms.
#[inline(never)]
pub(crate) fn fold_by_hand(events: &[MeterEvent]) -> Meter {
    let mut meter = Meter::default();
    for event in events {
        match *event {
            MeterEvent::Rose(event) => meter.level = meter.level.wrapping_add(event.0),
            MeterEvent::Fell(event) => meter.level = meter.level.wrapping_sub(event.0),
            MeterEvent::Doubled(event) => {
                meter.level = meter.level.wrapping_mul(2).wrapping_add(event.0);
            }
            MeterEvent::Halved(event) => meter.level = meter.level / 2 + event.0,
            MeterEvent::Flipped(event) => meter.level ^= event.0,
            MeterEvent::Marked(event) => meter.marks |= event.0,
            MeterEvent::Shifted(event) => meter.level = meter.level.rotate_left(7) ^ event.0,
            MeterEvent::Cleared(event) => meter.marks = event.0,
        }
    }
    meter
}
