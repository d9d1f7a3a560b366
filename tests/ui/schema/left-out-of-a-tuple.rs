//! A field without a name is left out, so others stand in its place.

use eventsourcing::Schema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Schema)]
pub struct Limits(
    pub u8,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub Option<u8>,
    #[serde(default)] pub u8,
);

fn main() {}
