//! Case 53.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Money {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Money),
    #[es(name = "account.withdrawn")]
    Withdrawn(Cash),
}

type Cash = Money;

fn main() {}
