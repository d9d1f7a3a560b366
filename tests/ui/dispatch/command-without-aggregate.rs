//! A command names its aggregate.

use eventsourcing::Command;

#[derive(Command)]
struct Deposit {
    #[es(id)]
    account: String,
}

fn main() {}
