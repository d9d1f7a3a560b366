//! Decoding and folding by hand: a `match` on the stored name, the codec, a `match` on the event.
//!
//! It does: find the type by name and version, `serde_json::from_slice` to the payload struct, fold. It does not: know
//! older versions, check the stored format, say which event was unreadable, keep versions or ids, share between threads.

use bytes::Bytes;
use eventsourcing::NewEvent;

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
pub(crate) fn fold(events: &[Stored]) -> Result<Account, serde_json::Error> {
    let mut account = Account::default();
    for event in events {
        let event = decode(&event.name, event.version, &event.payload)?;
        apply(&mut account, event);
    }
    Ok(account)
}

/// From bytes to the typed event.
#[inline]
pub(crate) fn decode(
    name: &str,
    version: u16,
    payload: &[u8],
) -> Result<AccountEvent, serde_json::Error> {
    match name {
        "account.opened" if version == 4 => {
            serde_json::from_slice(payload).map(AccountEvent::Opened)
        }
        "account.deposited" if version == 1 => {
            serde_json::from_slice(payload).map(AccountEvent::Deposited)
        }
        "account.withdrawn" if version == 1 => {
            serde_json::from_slice(payload).map(AccountEvent::Withdrawn)
        }
        _ => Err(unknown(name, version)),
    }
}

#[cold]
fn unknown(name: &str, version: u16) -> serde_json::Error {
    serde::de::Error::custom(format_args!("unknown event {name} v{version}"))
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
