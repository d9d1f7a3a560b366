//! A nested variant that holds no set.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}
#[derive(Clone, Serialize, Deserialize)]
struct Charged {}

#[derive(Clone, Event)]
enum FeeEvent {
    #[es(name = "fee.charged")]
    Charged(Charged),
}

#[derive(Clone, Event)]
enum AccountEvent {
    #[es(name = "account.opened")]
    Opened(Opened),
    #[es(nested)]
    Fee,
    #[es(nested)]
    Fees(FeeEvent, u8),
}

fn main() {}
