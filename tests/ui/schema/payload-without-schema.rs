//! A set is locked and the type of an old version has no shape. Sets that nobody locks need none.

use eventsourcing::{Event, Schema};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Schema)]
pub struct Opened {
    pub owner: String,
}
#[derive(Deserialize)]
pub struct OldOpened {
    pub name: String,
}
impl From<OldOpened> for Opened {
    fn from(old: OldOpened) -> Self {
        Self { owner: old.name }
    }
}

#[derive(Event)]
pub enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = OldOpened))]
    Opened(Opened),
}

fn main() {
    let check = eventsourcing::schema::Check::new(".", "events.lock");
    check.set::<AccountEvent>();
}
