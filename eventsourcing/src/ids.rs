//! Identifiers that are UUIDs: commits, events, correlation and causation.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an existing UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// Names one commit, and with it the command that caused it.
    ///
    /// A store keeps commit ids for good: appending the same id again returns the first result.
    CommitId
}
uuid_id! {
    /// Names one stored event; derived from its commit and its place in it, so it is stable and costs no storage.
    EventId
}
uuid_id! {
    /// Ties together everything that one request set in motion.
    CorrelationId
}
uuid_id! {
    /// Names the message (usually an event) that directly caused a commit.
    CausationId
}

/// The namespace under which idempotency keys become commit ids. Never change it: stored ids depend on it.
const KEY_NAMESPACE: Uuid = Uuid::from_u128(0x6b1e_6f0a_57c2_4f0e_9a57_5d1d_30c2_7a11);

/// The bits of a UUID that neither its version nor its variant occupy, at the low end.
const FREE_LOW_BITS: u128 = (1 << 62) - 1;

/// Step from one event id to the next. The golden ratio of the free bits: its first 10 000 multiples lie more than
/// 2^46 apart, which keeps neighbouring commits' events apart. Odd, so no two indices meet. Never change it: snapshots
/// and messages name events.
const EVENT_STRIDE: u128 = 0x278d_de6e_5fd2_9f05;

impl CommitId {
    /// A fresh, time-ordered id (UUID version 7).
    pub fn generate() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        // One generator per thread, seeded from the system: asking the system for every id is among a commit's costs.
        let mut random = [0; 10];
        fastrand::fill(&mut random);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The id that stands for an idempotency key (UUID version 5): the same key always gives the same id.
    pub fn from_key(key: &str) -> Self {
        Self(Uuid::new_v5(&KEY_NAMESPACE, key.as_bytes()))
    }

    /// The id of the `index`-th event (from 0) of this commit: the commit's own, counted up in its free bits in wide
    /// steps, so that the events of two commits do not meet even where their ids are neighbours.
    pub fn event_id(&self, index: u32) -> EventId {
        let bits = self.0.as_u128();
        let low =
            (bits & FREE_LOW_BITS).wrapping_add(u128::from(index) * EVENT_STRIDE) & FREE_LOW_BITS;
        EventId(Uuid::from_u128((bits & !FREE_LOW_BITS) | low))
    }
}

impl From<CommitId> for CorrelationId {
    fn from(commit: CommitId) -> Self {
        Self(commit.0)
    }
}

impl From<EventId> for CausationId {
    fn from(event: EventId) -> Self {
        Self(event.0)
    }
}
