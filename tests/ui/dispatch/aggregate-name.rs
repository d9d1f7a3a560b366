//! What a category may hold.

use eventsourcing::Aggregate;

#[derive(Default, Aggregate)]
#[es(name = "bank-account", id = String, event = AccountEvent, error = String)]
struct Account {}

#[derive(Default, Aggregate)]
#[es(name = "", id = String, event = AccountEvent, error = String)]
struct Teller {}

#[derive(Default, Aggregate)]
#[es(name = "projection", id = String, event = AccountEvent, error = String)]
struct Projection {}

#[derive(Default, Aggregate)]
#[es(name = "es.process", id = String, event = AccountEvent, error = String)]
struct Process {}

#[derive(Clone, eventsourcing::Event)]
enum AccountEvent {}

fn main() {}
