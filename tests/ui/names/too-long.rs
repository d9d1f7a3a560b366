//! Case 9.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.account.account.account.account.account.account.account.account.account.account.account.account.account.account.account.account.account")]
    Opened(Opened),
}

fn main() {}
