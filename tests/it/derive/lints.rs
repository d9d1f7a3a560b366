//! Generated code obeys the strictest users.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    trivial_bounds,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::exhaustive_enums,
    clippy::missing_docs_in_private_items,
    clippy::used_underscore_binding,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::shadow_reuse,
    clippy::shadow_unrelated,
    clippy::pattern_type_mismatch
)]
#![forbid(unsafe_code)]
#![allow(clippy::redundant_pub_crate)] // the workspace asks for the opposite

use eventsourcing::{
    Aggregate, AggregateId, Apply, Command, Context, Event, Events, Evolve, Handle, events,
};
use serde::{Deserialize, Serialize};

/// A payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[deprecated = "but still stored"]
pub(crate) struct Opened {
    /// Whose.
    pub(crate) owner: String,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq, Event)]
#[es(retired(name = "account.moved", versions = 1..=2, reason = "unused"))]
#[allow(deprecated)] // for the standard derives
pub(crate) enum AccountEvent {
    /// It opens.
    #[es(name = "account.opened", version = 3, from(v1 = v1::Opened, v2 = _))]
    Opened(Opened),
}

/// How it was.
mod v1 {
    /// A payload.
    #[derive(serde::Deserialize)]
    pub(super) struct Opened {
        /// Whose.
        pub(super) name: String,
    }
}

#[allow(deprecated)]
impl From<v1::Opened> for Opened {
    fn from(old: v1::Opened) -> Self {
        Self { owner: old.name }
    }
}

/// What happens, in place.
#[derive(Debug, Clone, PartialEq, Eq, Event)]
#[es(handler = DoorEvents)]
pub(crate) enum DoorEvent {
    /// It opens.
    #[es(name = "door.opened")]
    Opened {
        /// By whom.
        by: String,
    },
    #[allow(missing_docs, clippy::missing_docs_in_private_items)]
    #[es(name = "door.closed")]
    Closed,
}

/// What happens anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Event)]
pub(crate) enum AnyEvent {
    /// At an account.
    #[es(nested)]
    Account(AccountEvent),
    /// At a door.
    #[es(nested)]
    #[deprecated = "doors are gone"]
    Door(DoorEvent),
}

/// Which one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
pub(crate) struct AccountId(u64);

/// The state.
#[derive(Debug, Default, Aggregate)]
#[es(name = "account", id = AccountId, event = AccountEvent, error = String)]
pub(crate) struct Account {
    /// Whose.
    owner: String,
}

#[allow(deprecated)]
impl Apply<Opened> for Account {
    fn apply(&mut self, event: Opened) {
        self.owner = event.owner;
    }
}

/// A wish.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub(crate) struct Open {
    /// Where.
    #[es(id)]
    pub(crate) account: AccountId,
    /// Who.
    pub(crate) owner: String,
}

/// All wishes.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub(crate) enum AccountCommand {
    /// Open it.
    Open(Open),
}

impl Handle<Open> for Account {
    #[allow(deprecated)]
    fn handle(&self, command: Open, _: &Context) -> Result<Events<AccountEvent>, String> {
        Ok(events![Opened {
            owner: command.owner
        }])
    }
}

/// The state of a door.
#[derive(Debug, Default)]
struct Door {
    /// Whether it is open.
    open: bool,
}

impl DoorEvents for Door {
    fn opened(&mut self, by: String) {
        self.open = !by.is_empty();
    }
    fn closed(&mut self) {
        self.open = false;
    }
}

#[test]
fn strict_users_are_not_warned() {
    let open = AccountCommand::Open(Open {
        account: AccountId(1),
        owner: "Ada".to_owned(),
    });
    assert_eq!(open.target(), &AccountId(1));
    let mut account = Account::initial();
    account.evolve(super::stored::one("account.opened", 1, r#"{"name":"Ada"}"#));
    assert_eq!(account.owner, "Ada");
    let mut door = Door::default();
    DoorEvent::Opened {
        by: "Ada".to_owned(),
    }
    .evolve(&mut door);
    assert!(door.open);
    DoorEvent::Closed.evolve(&mut door);
    assert!(!door.open);
    assert_eq!(AnyEvent::from(DoorEvent::Closed).type_index(), 2);
}
