//! Two variants that give one method of the handler trait.

use eventsourcing::Event;

#[derive(Event)]
#[es(handler = AccountEvents)]
enum AccountEvent {
    #[es(name = "account.atm-used")]
    AtmUsed,
    #[es(name = "account.machine-used")]
    ATMUsed,
}

fn main() {}
