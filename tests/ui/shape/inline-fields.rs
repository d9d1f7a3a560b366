//! Case 50.

use eventsourcing::Event;

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened { owner: String },
}

fn main() {}
