//! From bytes to the typed event. Floor: `serde_json::from_slice` to the payload struct; nothing finds its type, and the
//! event is not wrapped into the enum. A second line by hand does both, as any reader of stored events must. For the
//! upcast: `from_slice` to the oldest struct and three `into`.

use std::hint::black_box;

use eventsourcing::{
    Decoded, EventStore, ExpectedVersion, Filter, Format, FormatId, Json, MemoryStore, NewEvent,
    Position, RecordedEvent,
};
use serde::de::DeserializeOwned;

use super::current_thread;
use crate::Failure;
use crate::args::Args;
use crate::domain::{AccountEvent, Deposited, Opened, past};
use crate::floor::fold;
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

const BATCH: u32 = 256;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let n = args.size(100_000, 20_000);
    contest::<Deposited>(
        "payload of 15 bytes",
        &recorded(json("account.deposited", 1, r#"{"cents":73051}"#))?,
        n,
        args,
        report,
    )?;
    let opened = r#"{"owner":"Augusta Ada King, Countess of Lovelace","currency":"EUR","limit_cents":50000}"#;
    contest::<Opened>(
        "payload of 87 bytes",
        &recorded(json("account.opened", 4, opened))?,
        n,
        args,
        report,
    )?;
    let oldest = r#"{"owner":"Augusta Ada King, Countess of Lovelace"}"#;
    let old = recorded(json("account.opened", 1, oldest))?;
    let lines = Contest::new("decode", n)
        .side("floor: from_slice and three into", "none", || {
            time(n, || {
                Ok(lift(serde_json::from_slice(black_box(&old.payload))?))
            })
        })
        .side("derived, three-step upcast", "none", || {
            time(n, || derived(&old, &Json))
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
            time(n, || {
                Ok(serde_json::from_slice::<T>(black_box(&event.payload))?)
            })
        })
        .side(
            format!("by hand: name, from_slice, enum; {what}"),
            "none",
            || {
                time(n, || {
                    let event = black_box(event);
                    Ok(fold::decode(
                        &event.event_type,
                        event.schema_version,
                        &event.payload,
                    )?)
                })
            },
        )
        .side(format!("derived, {what}"), "none", || {
            time(n, || derived(event, &Json))
        })
        .run(args.rounds(51))?;
    Ok(report.lines(&lines)?)
}

pub(super) fn derived<F: Format>(
    event: &RecordedEvent,
    format: &F,
) -> Result<Decoded<AccountEvent>, Failure> {
    Ok(black_box(event).decode::<AccountEvent>(format)?)
}

fn lift(oldest: past::OpenedV1) -> Opened {
    past::OpenedV3::from(past::OpenedV2::from(oldest)).into()
}

pub(super) fn time<T>(
    n: usize,
    mut one: impl FnMut() -> Result<T, Failure>,
) -> Result<Sample, Failure> {
    let mut laps = Laps::start(BATCH);
    for _ in 0..n {
        black_box(one()?);
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
