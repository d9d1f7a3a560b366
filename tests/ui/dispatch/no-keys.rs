//! Case 65: everything that is missing, and the attribute to paste. Handlers and commands are not complained about.

use eventsourcing::{
    Aggregate, Apply, Command, CommitId, Context, Event, Events, Handle, Metadata, Timestamp, events,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

#[derive(Default, Aggregate)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: Opened) {}
}

#[derive(Command)]
#[es(aggregate = Account)]
struct Open {
    #[es(id)]
    account: String,
}

impl Handle<Open> for Account {
    fn handle(&self, _: Open, _: &Context) -> Result<Events<AccountEvent>, String> {
        Ok(events![Opened {}])
    }
}

#[derive(Default, Aggregate)]
#[es(name = "teller", id = u64)]
struct Teller {}

#[derive(Command)]
#[es(aggregate = Teller)]
enum TellerCommand {
    Begin(Begin),
}

#[derive(Command)]
#[es(aggregate = Teller)]
struct Begin(#[es(id)] u64);

impl Handle<Begin> for Teller {
    fn handle(&self, command: Begin, _: &Context) -> Result<Events<AccountEvent>, String> {
        Err(command.0.to_string())
    }
}

fn main() {
    let mut account = Account::initial();
    account.evolve(Opened {}.into());
    let command = Open { account: "1".to_owned() };
    let context = Context::new(Timestamp::now(), CommitId::generate(), Metadata::new());
    let decision = command.decide(&account, &context);
    decision.unwrap().iter().count();
}
