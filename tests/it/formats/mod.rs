//! Payloads in several formats.

mod codec;
mod depth;
mod mixed;
mod nothing;
mod positional;
mod snapshots;
mod whole;

use std::convert::Infallible;

use eventsourcing::{Aggregate, Apply, Event, Format, NewEvent};
use serde::{Deserialize, Serialize};

/// Does the same with each format.
macro_rules! each_format {
    ($format:ident => $body:expr) => {{
        {
            let $format = eventsourcing::Json;
            $body
        }
        {
            let $format = eventsourcing::Cbor;
            $body
        }
        {
            let $format = eventsourcing::MsgPack;
            $body
        }
        {
            let $format = eventsourcing::Postcard;
            $body
        }
    }};
}
use each_format;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Opened {
    owner: String,
    currency: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Deposited {
    cents: u64,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct OpenedV1 {
    owner: String,
}

impl From<OpenedV1> for Opened {
    fn from(old: OpenedV1) -> Self {
        Self {
            owner: old.owner,
            currency: "EUR".into(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct DepositedV1 {
    cents: u64,
}

impl From<DepositedV1> for Deposited {
    fn from(old: DepositedV1) -> Self {
        Self {
            cents: old.cents,
            note: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Event)]
enum AccountEvent {
    #[es(name = "account.opened", version = 2, from(v1 = OpenedV1))]
    Opened(Opened),
    #[es(name = "account.deposited", version = 2, from(v1 = DepositedV1))]
    Deposited(Deposited),
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = u64, event = AccountEvent, error = Infallible)]
struct Account {
    owner: String,
    cents: u64,
    ratio: f64,
}

impl Apply<Opened> for Account {
    fn apply(&mut self, event: Opened) {
        self.owner = format!("{} in {}", event.owner, event.currency);
    }
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.cents += event.cents;
        self.ratio += 0.5;
    }
}

fn encoded<T: Serialize>(format: &impl Format, value: &T) -> Vec<u8> {
    let mut bytes = b"before".to_vec();
    format.encode(value, &mut bytes).expect("it can be written");
    bytes.split_off(6)
}

fn stored<F: Format>(_: &F, name: &str, version: u16, payload: Vec<u8>) -> NewEvent {
    NewEvent {
        event_type: name.into(),
        schema_version: version,
        readable_by: version,
        format: F::ID,
        tags: Vec::new(),
        payload: payload.into(),
    }
}
