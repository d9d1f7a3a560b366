//! Case 60: left to rustc.

use eventsourcing::Event;

#[derive(Event)]
#[es(dispatch = none)]
enum AccountEvent<T> {
    #[es(name = "account.closed")]
    Closed,
}

fn main() {}
