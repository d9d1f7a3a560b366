//! Case 65: everything that is missing, and the attribute to paste.

use eventsourcing::{Aggregate, Event};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}
#[derive(Clone, Serialize, Deserialize)]
struct Deposited {}
#[derive(Clone, Serialize, Deserialize)]
struct Withdrawn {}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
    #[es(name = "account.deposited")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
}

#[derive(Default, Aggregate)]
struct Account {}

#[derive(Default, Aggregate)]
#[es(name = "teller", id = u64)]
struct Teller {}

fn main() {}
