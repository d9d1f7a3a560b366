use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(tags = marks)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
}

fn marks(_: &AccountEvent) -> Vec<String> {
    Vec::new()
}

fn main() {}
