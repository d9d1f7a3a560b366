//! Case 87: a key inside `split`, `retired` and `refused` misspelt, each one error.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(split(name = "account.both", w1 = v1::Both, into(Opened)))]
#[es(retired(name = "account.moved", versions = 1..=1, because = "never used"))]
#[es(refused("account.lost", versions = 1..=1, reason = "never right"))]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

fn main() {}
