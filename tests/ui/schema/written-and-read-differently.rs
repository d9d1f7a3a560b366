//! What is written today could not be read tomorrow.

use eventsourcing::Schema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Schema)]
pub struct Opened {
    #[serde(rename(serialize = "holder", deserialize = "owner"))]
    pub name: String,
}

fn main() {}
