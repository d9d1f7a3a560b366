// Every derive, in a crate that has the toolkit under another path: `TOOLKIT` is put in by the test.

use TOOLKIT::{
    Aggregate, AggregateId, Apply, Command, Context, Downcast, Event, EventView, Events, Handle,
    Schema, UpcastError, events,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
#[es(crate = TOOLKIT)]
pub struct Opened {
    pub owner: String,
    pub limit: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
#[es(crate = TOOLKIT)]
pub struct OpenedV1 {
    pub owner: String,
}

impl From<OpenedV1> for Opened {
    fn from(old: OpenedV1) -> Self {
        Opened { owner: old.owner, limit: 0 }
    }
}

impl Downcast<OpenedV1> for Opened {
    fn downcast(&self) -> Result<OpenedV1, UpcastError> {
        Ok(OpenedV1 { owner: self.owner.clone() })
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(crate = TOOLKIT, retired(name = "account.moved", versions = 1..=2, reason = "unused"))]
pub enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = OpenedV1), write = 1)]
    Opened(Opened),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(crate = TOOLKIT, handler = DoorEvents)]
pub enum DoorEvent {
    #[es(name = "door.opened", version = 2, from(v1 = _))]
    Opened { by: String },
    #[es(name = "door.closed")]
    Closed,
    #[es(unknown)]
    Other(TOOLKIT::UnknownEvent),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(crate = TOOLKIT, dispatch = none)]
pub enum AnyEvent {
    #[es(nested)]
    Account(AccountEvent),
    #[es(nested)]
    Door(DoorEvent),
}

#[derive(Debug, PartialEq, EventView)]
#[es(crate = TOOLKIT, of = AccountEvent)]
pub enum Openings {
    Opened(Opened),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, AggregateId)]
#[es(crate = TOOLKIT)]
pub struct AccountId(pub u64);

#[derive(Debug, Default, Aggregate)]
#[es(crate = TOOLKIT, name = "account", id = AccountId, event = AccountEvent, error = String)]
pub struct Account {
    pub owner: String,
}

impl Apply<Opened> for Account {
    fn apply(&mut self, event: Opened) {
        self.owner = event.owner;
    }
}

#[derive(Debug, Clone, Command)]
#[es(crate = TOOLKIT, aggregate = Account)]
pub struct Open {
    #[es(id)]
    pub account: AccountId,
    pub owner: String,
}

#[derive(Debug, Clone, Command)]
#[es(crate = TOOLKIT, aggregate = Account)]
pub enum AccountCommand {
    Open(Open),
}

impl Handle<Open> for Account {
    fn handle(&self, command: Open, _: &Context) -> Result<Events<AccountEvent>, String> {
        Ok(events![Opened { owner: command.owner, limit: 1 }])
    }
}

#[cfg(test)]
TOOLKIT::events_lock!("events.lock", [AccountEvent, DoorEvent]);
