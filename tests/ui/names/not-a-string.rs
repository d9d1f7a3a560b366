//! Case 4.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Opened {}
#[derive(Serialize, Deserialize)]
struct Added {}
#[derive(Serialize, Deserialize)]
struct Closed {}

#[derive(Event)]
enum AccountEvent {
    #[es(name = Opened)]
    Opened(Opened),
    #[es(name = 7)]
    Added(Added),
    #[es(name = concat!("a", ".b"))]
    Closed(Closed),
}

fn main() {}
