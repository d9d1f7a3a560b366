//! The name of the type is written among the fields, and refused when it is read.

use eventsourcing::Schema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Schema)]
#[serde(tag = "type", deny_unknown_fields)]
pub struct Opened {
    pub owner: String,
}

fn main() {}
