//! Case 6: one former name of two events.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Deposited {}
#[derive(Serialize, Deserialize)]
struct Withdrawn {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.deposited", was = "account.money")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn", was("account.money", "account.cash"))]
    Withdrawn(Withdrawn),
}

fn main() {}
