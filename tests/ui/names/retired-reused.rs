//! Case 7.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}

#[derive(Event)]
#[es(retired(name = "account.consent", versions = 1..=2, reason = "moved to the CRM"))]
enum AccountEvent {
    #[es(name = "account.consent")]
    Opened(Opened),
}

fn main() {}
