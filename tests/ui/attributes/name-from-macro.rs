//! A stored name is a literal, so that it can be searched for; `concat!` is none.

use eventsourcing::Event;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Opened {}

macro_rules! set {
    ($set:ident, $prefix:literal) => {
        #[derive(Clone, Event)]
        enum $set {
            #[es(name = concat!($prefix, ".opened"))]
            Opened(Opened),
        }
    };
}

set!(AccountEvent, "account");

fn main() {}
