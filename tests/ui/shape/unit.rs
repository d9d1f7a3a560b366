//! Case 51.

use eventsourcing::Event;

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.closed")]
    Closed,
}

fn main() {}
