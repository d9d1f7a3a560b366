//! serde is told to store a field in a way that no attribute shows.

use eventsourcing::Schema;
use serde::{Deserialize, Serialize};

mod hex {
    pub fn serialize<S: serde::Serializer>(_: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("")
    }
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(_: D) -> Result<Vec<u8>, D::Error> {
        Ok(Vec::new())
    }
}

#[derive(Serialize, Deserialize, Schema)]
pub struct Signed {
    #[serde(with = "hex")]
    pub key: Vec<u8>,
}

fn main() {}
