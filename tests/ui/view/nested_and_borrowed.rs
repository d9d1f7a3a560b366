//! A view shows a nested set, an event of it, and borrows into what nothing makes from older versions.

use eventsourcing::{Event, EventView};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Charged {
    cents: u64,
}
#[derive(Clone, Serialize, Deserialize)]
struct Opened {
    owner: String,
}

#[derive(Clone, Event)]
enum FeeEvent {
    #[es(name = "fee.charged")]
    Charged(Charged),
}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(nested)]
    Fee(FeeEvent),
    #[es(name = "account.opened")]
    Opened(Opened),
}

#[derive(EventView)]
#[es(of = AccountEvent)]
enum Inner {
    Charged(Charged),
}

#[derive(Deserialize)]
struct Owner<'a> {
    owner: &'a str,
}

#[derive(EventView)]
#[es(of = AccountEvent)]
enum Owners<'a> {
    #[es(borrow)]
    Opened(Owner<'a>),
}

fn main() {}
