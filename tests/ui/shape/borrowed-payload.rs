//! Case 81: an event owns its data; what borrows from the stored bytes is for views.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened<'a> {
    owner: &'a str,
}

#[derive(Clone, Event)]
enum AccountEvent<'a> {
    #[es(name = "account.opened")]
    Opened(Opened<'a>),
}

fn main() {}
