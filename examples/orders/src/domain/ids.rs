//! What names users, products and orders.

use std::fmt;
use std::str::FromStr;

use eventsourcing::{AggregateId, Key, Schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AggregateId, Schema,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id for what a request creates: always the same for the same key, a fresh one without a key.
            pub fn for_request(key: Option<&str>) -> Self {
                Self(key.map_or_else(Uuid::now_v7, |key| Uuid::new_v5(&REQUESTS, key.as_bytes())))
            }
        }
    };
}

/// The namespace under which requests become ids. Never change it: a repeated request must meet what the first made.
const REQUESTS: Uuid = Uuid::from_u128(0x3d0c_7a92_41f6_4b8e_8a55_90b7_21c4_6e13);

uuid_id! {
    /// A user of the shop.
    UserId
}
uuid_id! {
    /// An order, and its payment.
    OrderId
}

/// The shop's own number of a product: 1 to 40 letters, digits, `-`, `.` and `_`, like `tea-500g`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema)]
#[serde(try_from = "String", into = "String")]
pub struct Sku(String);

/// A text that is no product number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no product number: it has 1 to {max} letters, digits, `-`, `.` and `_`",
    max = Sku::MAX_BYTES
)]
pub struct InvalidSku(String);

impl Sku {
    /// Longest number in bytes.
    pub const MAX_BYTES: usize = 40;

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sku {
    type Error = InvalidSku;
    fn try_from(text: String) -> Result<Self, InvalidSku> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if text.is_empty() || text.len() > Self::MAX_BYTES || !text.bytes().all(allowed) {
            return Err(InvalidSku(text));
        }
        Ok(Self(text))
    }
}

impl FromStr for Sku {
    type Err = InvalidSku;
    fn from_str(text: &str) -> Result<Self, InvalidSku> {
        text.to_owned().try_into()
    }
}

impl From<Sku> for String {
    fn from(sku: Sku) -> Self {
        sku.0
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AggregateId for Sku {}

/// Rows of read models are found by it, in the order of its text.
impl Key for Sku {
    fn kind() -> String {
        String::kind()
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
    }

    fn decode(bytes: &mut &[u8]) -> Option<Self> {
        String::decode(bytes)?.try_into().ok()
    }
}
