//! Decoding and folding by hand: a `match` on the stored name, the codec, a `match` on the event.
//!
//! It does: find the type by name and version, `serde_json::from_slice` to the payload struct, fold. It does not: know
//! older versions, check the stored format, say which event was unreadable, keep versions or ids, share between threads.

use bytes::Bytes;
use eventsourcing::NewEvent;

use crate::Failure;
use crate::domain::{Account, AccountEvent};

/// An event as a hand-written program would keep it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    name: std::sync::Arc<str>,
    version: u16,
    payload: Bytes,
}

impl From<&NewEvent> for Stored {
    fn from(event: &NewEvent) -> Self {
        Self {
            name: event.event_type.clone(),
            version: event.schema_version,
            payload: event.payload.clone(),
        }
    }
}

/// Folds events that lie in memory.
#[inline(never)]
pub(crate) fn fold(events: &[Stored]) -> Result<Account, Failure> {
    let mut account = Account::default();
    for event in events {
        apply(
            &mut account,
            decode(&event.name, event.version, &event.payload)?,
        );
    }
    Ok(account)
}

/// From bytes to the typed event.
#[inline]
pub(crate) fn decode(name: &str, version: u16, payload: &[u8]) -> Result<AccountEvent, Failure> {
    Ok(match (name, version) {
        ("account.opened", 4) => AccountEvent::Opened(serde_json::from_slice(payload)?),
        ("account.deposited", 1) => AccountEvent::Deposited(serde_json::from_slice(payload)?),
        ("account.withdrawn", 1) => AccountEvent::Withdrawn(serde_json::from_slice(payload)?),
        _ => return Err(format!("unknown event {name} v{version}").into()),
    })
}

/// One transition.
#[inline]
pub(crate) fn apply(account: &mut Account, event: AccountEvent) {
    match event {
        AccountEvent::Opened(event) => account.limit = event.limit_cents,
        AccountEvent::Deposited(event) => {
            account.balance = account.balance.wrapping_add(event.cents);
        }
        AccountEvent::Withdrawn(event) => {
            account.balance = account.balance.wrapping_sub(event.cents);
        }
    }
}
