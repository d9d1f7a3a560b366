//! What a category may hold.

use eventsourcing::Aggregate;

#[derive(Default, Aggregate)]
#[es(name = "bank-account", id = String, event = AccountEvent, error = String)]
struct Account {}

#[derive(Default, Aggregate)]
#[es(name = "", id = String, event = AccountEvent, error = String)]
struct Teller {}

#[derive(Clone, eventsourcing::Event)]
enum AccountEvent {}

fn main() {}
