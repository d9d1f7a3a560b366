//! A command to what is no aggregate.

use eventsourcing::Command;

#[derive(Command)]
#[es(aggregate = Account)]
struct Deposit {
    #[es(id)]
    account: String,
}

struct Account;

fn main() {}
