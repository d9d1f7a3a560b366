//! Case 6: a current name that is another event's former name.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Deposited {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.deposited", was = "account.money-added")]
    Deposited(Deposited),
    #[es(name = "account.money-added")]
    Added(Added),
}

fn main() {}
