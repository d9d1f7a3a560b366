//! A variant is written, and never read.

use eventsourcing::Schema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Schema)]
pub enum Way {
    Cash,
    #[serde(skip_deserializing)]
    Card,
}

fn main() {}
