//! [`Digest`]: which events were seen, in 40 bytes, whatever their order.

use std::fmt;
use std::ops::{AddAssign, Sub, SubAssign};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::RecordedEvent;
use crate::ids::EventId;
use crate::version::Position;

/// How many events were seen, and the sum of a 256-bit mix of each one's id and position.
///
/// Two sets of events have the same digest only if they are the same, but for a chance of about 1 in 2^192; so an event
/// that was dropped, seen twice or made up shows. It guards against accidents, not against somebody who looks for a
/// collision. The mix can be undone: where two digests differ by one event, the difference names it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest {
    count: u64,
    sum: [u64; 4],
}

/// An event as a digest knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seen {
    /// Where it is in the log.
    pub position: Position,
    /// Its id.
    pub event_id: EventId,
}

impl From<&RecordedEvent> for Seen {
    fn from(event: &RecordedEvent) -> Self {
        Self {
            position: event.position,
            event_id: event.event_id(),
        }
    }
}

/// What tells the mix of an event from other numbers.
const MARK: u64 = 0x6576_656e_7420_6f6b;

/// Rounds of the mix: two leave no pattern that tests find; three more cost nothing that can be measured.
const ROUNDS: [u64; 5] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7344,
    0xa409_3822_299f_31d0,
    0x082e_fa98_ec4e_6c89,
    0x4528_21e6_38d0_1377,
];

impl Digest {
    /// The number of events.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many more events than none, of a difference of two digests.
    pub(super) fn surplus(&self) -> i64 {
        self.count.cast_signed()
    }

    /// Counts an event in.
    pub fn add(&mut self, seen: Seen) {
        *self += Self::of(seen);
    }

    /// Counts an event out.
    pub fn remove(&mut self, seen: Seen) {
        *self -= Self::of(seen);
    }

    /// The event, if this is the digest of exactly one.
    pub fn single(&self) -> Option<Seen> {
        if self.count != 1 {
            return None;
        }
        let [high, low, position, mark] = unmix(self.sum);
        (mark == MARK).then(|| Seen {
            position: Position::new(position),
            event_id: EventId::from_uuid(Uuid::from_u64_pair(high, low)),
        })
    }

    /// Its 40 bytes.
    pub(crate) fn to_bytes(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        let words = [self.count].into_iter().chain(self.sum);
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// Reads [`Digest::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 40] = bytes.try_into().ok()?;
        let mut words = bytes.chunks_exact(8).map(|word| {
            word.iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        });
        let mut next = || words.next().unwrap_or_default();
        Some(Self {
            count: next(),
            sum: [next(), next(), next(), next()],
        })
    }

    fn of(seen: Seen) -> Self {
        let (high, low) = seen.event_id.as_uuid().as_u64_pair();
        Self {
            count: 1,
            sum: mix([high, low, seen.position.get(), MARK]),
        }
    }
}

impl AddAssign for Digest {
    fn add_assign(&mut self, other: Self) {
        self.count = self.count.wrapping_add(other.count);
        for (sum, more) in self.sum.iter_mut().zip(other.sum) {
            *sum = sum.wrapping_add(more);
        }
    }
}

impl SubAssign for Digest {
    fn sub_assign(&mut self, other: Self) {
        self.count = self.count.wrapping_sub(other.count);
        for (sum, less) in self.sum.iter_mut().zip(other.sum) {
            *sum = sum.wrapping_sub(less);
        }
    }
}

impl Sub for Digest {
    type Output = Self;
    fn sub(mut self, other: Self) -> Self {
        self -= other;
        self
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.count)?;
        self.sum
            .iter()
            .try_for_each(|word| write!(f, "{word:016x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| serde::de::Error::custom("no digest"))
    }
}

fn parse(text: &str) -> Option<Digest> {
    let (count, sum) = text.split_once(':')?;
    if sum.len() != 64 || !sum.is_ascii() {
        return None;
    }
    let word = |at: usize| u64::from_str_radix(&sum[at * 16..(at + 1) * 16], 16).ok();
    Some(Digest {
        count: count.parse().ok()?,
        sum: [word(0)?, word(1)?, word(2)?, word(3)?],
    })
}

/// The mixing function of `BLAKE2b` without a message, between additions of round constants: a permutation of 256 bits.
fn mix([mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 4] {
    for round in ROUNDS {
        a = a.wrapping_add(round);
        a = a.wrapping_add(b);
        d = (d ^ a).rotate_right(32);
        c = c.wrapping_add(d);
        b = (b ^ c).rotate_right(24);
        a = a.wrapping_add(b);
        d = (d ^ a).rotate_right(16);
        c = c.wrapping_add(d);
        b = (b ^ c).rotate_right(63);
    }
    [a, b, c, d]
}

/// Undoes [`mix`], step by step.
fn unmix([mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 4] {
    for round in ROUNDS.into_iter().rev() {
        b = b.rotate_left(63) ^ c;
        c = c.wrapping_sub(d);
        d = d.rotate_left(16) ^ a;
        a = a.wrapping_sub(b);
        b = b.rotate_left(24) ^ c;
        c = c.wrapping_sub(d);
        d = d.rotate_left(32) ^ a;
        a = a.wrapping_sub(b);
        a = a.wrapping_sub(round);
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen() -> impl Strategy<Value = Seen> {
        (any::<u128>(), any::<u64>()).prop_map(|(id, position)| Seen {
            position: Position::new(position),
            event_id: EventId::from_uuid(Uuid::from_u128(id)),
        })
    }

    fn digest(events: &[Seen]) -> Digest {
        let mut digest = Digest::default();
        for event in events {
            digest.add(*event);
        }
        digest
    }

    proptest! {
        #[test]
        fn order_does_not_count_and_removing_undoes_adding(mut events in prop::collection::vec(seen(), 0..20), more in seen()) {
            let before = digest(&events);
            events.reverse();
            prop_assert_eq!(digest(&events), before);
            let mut after = before;
            after.add(more);
            prop_assert_ne!(after, before);
            after.remove(more);
            prop_assert_eq!(after, before);
        }

        #[test]
        fn a_difference_of_one_event_names_it(events in prop::collection::vec(seen(), 0..20), one in seen(), other in seen()) {
            let mut more = digest(&events);
            more.add(one);
            prop_assert_eq!((more - digest(&events)).single(), Some(one));
            prop_assert_eq!((digest(&events) - more).single(), None);
            more.add(other);
            prop_assert_eq!((more - digest(&events)).single(), None);
            more.remove(one);
            more.remove(other);
            more.add(one);
            more.remove(other);
            prop_assert_eq!((more - digest(&events)).single(), None, "one instead of another");
        }

        #[test]
        fn it_reads_what_it_writes(events in prop::collection::vec(seen(), 0..5)) {
            let digest = digest(&events);
            prop_assert_eq!(Digest::from_bytes(&digest.to_bytes()), Some(digest));
            let json = serde_json::to_string(&digest).expect("json");
            prop_assert_eq!(serde_json::from_str::<Digest>(&json).expect("a digest"), digest);
        }
    }

    #[test]
    fn neighbours_share_no_pattern() {
        let mut digests = Vec::new();
        for position in 1..=2_000 {
            let mut digest = Digest::default();
            digest.add(Seen {
                position: Position::new(position),
                event_id: EventId::from_uuid(Uuid::from_u128(position.into())),
            });
            digests.push(digest.sum);
        }
        let mut differing = 0;
        for pair in digests.windows(2) {
            let bits: u32 = pair[0]
                .iter()
                .zip(pair[1])
                .map(|(a, b)| (a ^ b).count_ones())
                .sum();
            assert!((64..192).contains(&bits), "{bits} of 256 bits differ");
            differing += bits;
        }
        let mean = differing / 1_999;
        assert!((126..=130).contains(&mean), "{mean} of 256 bits on average");
    }
}
