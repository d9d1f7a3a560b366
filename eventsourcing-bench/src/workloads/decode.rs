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

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let n = args.size(100_000, 20_000);
    contest::<codec::Deposited>("payload of 15 bytes", &deposited()?, n, args, report)?;
    contest::<codec::Opened>("payload of 87 bytes", &opened()?, n, args, report)?;
    let oldest = r#"{"owner":"Augusta Ada King, Countess of Lovelace"}"#;
    let old = recorded(json("account.opened", 1, oldest))?;
    let lines = Contest::new("decode", n)
        .side("floor: from_slice and three into", "none", || {
            time(&old, n, lifted)
        })
        .side("derived, three-step upcast", "none", || {
            time(&old, n, derived)
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
            time(event, n, codec::<T>)
        })
        .side(
            format!("by hand: name, from_slice, enum; {what}"),
            "none",
            || time(event, n, by_hand),
        )
        .side(format!("derived, {what}"), "none", || {
            time(event, n, derived)
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

// What is compared is a loop over a page of stored events each, as a reader's: every event is decoded and its payload used.

/// How many events a page has.
const PAGE: usize = 256;

/// The floor.
#[inline(never)]
pub(super) fn codec<T: DeserializeOwned>(page: &[RecordedEvent]) -> serde_json::Result<()> {
    for event in page {
        used(&serde_json::from_slice::<T>(&event.payload)?);
    }
    Ok(())
}

#[inline(never)]
pub(super) fn by_hand(page: &[RecordedEvent]) -> serde_json::Result<()> {
    use by_hand::AccountEvent;
    for event in page {
        let payload = &event.payload;
        let event = match (&*event.event_type, event.schema_version) {
            ("account.opened", 4) => AccountEvent::Opened(serde_json::from_slice(payload)?),
            ("account.deposited", 1) => AccountEvent::Deposited(serde_json::from_slice(payload)?),
            ("account.withdrawn", 1) => AccountEvent::Withdrawn(serde_json::from_slice(payload)?),
            _ => return Err(serde::de::Error::custom("an unknown event")),
        };
        match event {
            AccountEvent::Opened(opened) => used(&opened),
            AccountEvent::Deposited(deposited) => used(&deposited),
            AccountEvent::Withdrawn(withdrawn) => used(&withdrawn),
        }
    }
    Ok(())
}

#[inline(never)]
pub(super) fn derived(page: &[RecordedEvent]) -> Result<(), DecodeError> {
    use derived::AccountEvent;
    for event in page {
        match event.decode(&Json) {
            Ok(Decoded::One(event)) => match event {
                AccountEvent::Opened(opened) => used(&opened),
                AccountEvent::Deposited(deposited) => used(&deposited),
                AccountEvent::Withdrawn(withdrawn) => used(&withdrawn),
            },
            Ok(decoded) => used(&decoded),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[inline(never)]
fn lifted(page: &[RecordedEvent]) -> serde_json::Result<()> {
    for event in page {
        let oldest: codec::OpenedV1 = serde_json::from_slice(&event.payload)?;
        let opened = codec::Opened::from(codec::OpenedV3::from(codec::OpenedV2::from(oldest)));
        used(&opened);
    }
    Ok(())
}

/// What becomes of every payload: it must lie in memory.
pub(super) fn used<T>(payload: &T) {
    black_box(payload);
}

/// Times a reader of pages, over `n` events.
pub(super) fn time<E: Into<Failure>>(
    event: &RecordedEvent,
    n: usize,
    mut read: impl FnMut(&[RecordedEvent]) -> Result<(), E>,
) -> Result<Sample, Failure> {
    let page = vec![event.clone(); PAGE];
    let mut laps = Laps::start(1);
    for _ in 0..n.div_ceil(PAGE) {
        read(black_box(&page)).map_err(Into::into)?;
        laps.page_done(PAGE);
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
