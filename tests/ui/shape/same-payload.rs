//! Case 52.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Money {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Money),
    #[es(name = "account.withdrawn")]
    Withdrawn(Money),
}

fn main() {}
