//! Case 49.

use eventsourcing::Event;

#[derive(Event)]
enum AccountEvent {
    #[es(name = "account.transferred")]
    Transferred(String, u64),
}

fn main() {}
