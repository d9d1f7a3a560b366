//! Case 55: a payload that serde cannot read or write.

use eventsourcing::Event;

struct Opened {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

fn main() {}
