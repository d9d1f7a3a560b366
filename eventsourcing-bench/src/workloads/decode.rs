//! From bytes to the typed event. Floor: `serde_json::from_slice` to the payload struct; nothing finds its type, and the
//! event is not wrapped into the enum. A second line by hand does both, as any reader of stored events must. For the
//! upcast: `from_slice` to the oldest struct and three `into`.

use std::hint::black_box;

use eventsourcing::{
    DecodeError, Decoded, EventStore, ExpectedVersion, Filter, FormatId, Json, MemoryStore,
    NewEvent, Position, RecordedEvent,
};
use serde::de::DeserializeOwned;

use super::current_thread;
use crate::Failure;
use crate::alone::{by_hand, codec, derived};
use crate::args::Args;
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

const BATCH: u32 = 256;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let n = args.size(100_000, 20_000);
    contest::<codec::Deposited>("payload of 15 bytes", &deposited()?, n, args, report)?;
    contest::<codec::Opened>("payload of 87 bytes", &opened()?, n, args, report)?;
    let oldest = r#"{"owner":"Augusta Ada King, Countess of Lovelace"}"#;
    let old = recorded(json("account.opened", 1, oldest))?;
    let lines = Contest::new("decode", n)
        .side("floor: from_slice and three into", "none", || {
            time(n, || lifted(&old))
        })
        .side("derived, three-step upcast", "none", || {
            time(n, || derived(&old).map(used))
        })
        .run(args.rounds(51))?;
    Ok(report.lines(&lines)?)
}

fn contest<T: DeserializeOwned>(
    what: &str,
    event: &RecordedEvent,
    n: usize,
    args: &Args,
    report: &mut Report,
) -> Result<(), Failure> {
    let lines = Contest::new("decode", n)
        .side(format!("floor: from_slice, {what}"), "none", || {
            time(n, || codec::<T>(event))
        })
        .side(
            format!("by hand: name, from_slice, enum; {what}"),
            "none",
            || time(n, || by_hand(event)),
        )
        .side(format!("derived, {what}"), "none", || {
            time(n, || derived(event).map(used))
        })
        .run(args.rounds(51))?;
    Ok(report.lines(&lines)?)
}

/// A deposit, of 15 bytes.
pub(super) fn deposited() -> Result<RecordedEvent, Failure> {
    recorded(json("account.deposited", 1, r#"{"cents":73051}"#))
}

/// An opened account, of 87 bytes.
pub(super) fn opened() -> Result<RecordedEvent, Failure> {
    let payload = r#"{"owner":"Augusta Ada King, Countess of Lovelace","currency":"EUR","limit_cents":50000}"#;
    recorded(json("account.opened", 4, payload))
}

// What is compared is one call each, so that no side is measured better because it was compiled into the loop.

/// The floor.
#[inline(never)]
pub(super) fn codec<T: DeserializeOwned>(event: &RecordedEvent) -> serde_json::Result<T> {
    serde_json::from_slice(&event.payload)
}

#[inline(never)]
pub(super) fn by_hand(event: &RecordedEvent) -> serde_json::Result<by_hand::AccountEvent> {
    use by_hand::AccountEvent;
    let payload = &event.payload;
    match (&*event.event_type, event.schema_version) {
        ("account.opened", 4) => serde_json::from_slice(payload).map(AccountEvent::Opened),
        ("account.deposited", 1) => serde_json::from_slice(payload).map(AccountEvent::Deposited),
        ("account.withdrawn", 1) => serde_json::from_slice(payload).map(AccountEvent::Withdrawn),
        _ => Err(serde::de::Error::custom("an unknown event")),
    }
}

#[inline(never)]
pub(super) fn derived(
    event: &RecordedEvent,
) -> Result<Decoded<derived::AccountEvent>, DecodeError> {
    event.decode(&Json)
}

#[inline(never)]
fn lifted(event: &RecordedEvent) -> serde_json::Result<codec::Opened> {
    let oldest: codec::OpenedV1 = serde_json::from_slice(&event.payload)?;
    Ok(codec::OpenedV3::from(codec::OpenedV2::from(oldest)).into())
}

/// Uses up what was decoded, as a load does.
#[inline]
pub(super) fn used<E>(decoded: Decoded<E>) {
    decoded.for_each(|event| {
        black_box(&event);
    });
}

pub(super) fn time<T, E: Into<Failure>>(
    n: usize,
    mut one: impl FnMut() -> Result<T, E>,
) -> Result<Sample, Failure> {
    let mut laps = Laps::start(BATCH);
    for _ in 0..n {
        match one() {
            Ok(value) => black_box(&value),
            Err(error) => return Err(error.into()),
        };
        laps.done();
    }
    Ok(laps.finish())
}

fn json(name: &str, schema_version: u16, payload: &str) -> NewEvent {
    NewEvent {
        event_type: name.into(),
        schema_version,
        readable_by: schema_version,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: payload.as_bytes().to_vec().into(),
    }
}

/// An event as a store gives it back.
pub(super) fn recorded(event: NewEvent) -> Result<RecordedEvent, Failure> {
    let store = MemoryStore::new();
    current_thread()?.block_on(async {
        let commit = eventsourcing::Commit::new().append(
            "account-1".parse()?,
            ExpectedVersion::Any,
            vec![event],
        );
        store.append(commit).await?;
        let page = store.read_all(Position::START, &Filter::all(), 1).await?;
        page.events
            .into_iter()
            .next()
            .ok_or_else(|| "the event was not stored".into())
    })
}
