//! Case 59: rustc lists the methods of the generated trait.

use eventsourcing::Event;

#[derive(Event)]
#[es(handler = AccountEvents)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened { owner: String },
    #[es(name = "account.deposited")]
    Deposited(u64),
    #[es(name = "account.closed")]
    Closed,
}

struct Account;

impl AccountEvents for Account {
    fn opened(&mut self, _: String) {}
}

fn main() {}
