// A view shows a variant that the set does not have, and one as another type.
use eventsourcing::{Event, EventView};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Deposited {
    cents: u64,
}

#[derive(Event)]
#[es(dispatch = none)]
enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Deposited),
}

#[derive(EventView)]
#[es(of = AccountEvent)]
enum Typo {
    Deposit(Deposited),
}

struct Cents;

#[derive(EventView)]
#[es(of = AccountEvent)]
enum Other {
    Deposited(Cents),
}

fn main() {}
