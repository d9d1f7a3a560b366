//! Keys that belong elsewhere say where.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}

#[derive(Event)]
#[es(name = "account")]
enum AccountEvent {
    #[es(name = "account.opened", handler = AccountEvents)]
    Opened(Opened),
    #[es(name = "account.added")]
    Added(#[es(version = 2)] Added),
}

fn main() {}
