//! Payloads of the bank account in each format: how large, how fast to write, how fast to read. Floor: the bare codec,
//! which is told the type. Nothing finds the event's type there, and the event is not wrapped into the enum.

use std::hint::black_box;

use cbor4ii::core::utils::SliceReader;
use eventsourcing::{
    Cbor, DecodeError, Decoded, Event, Format, FormatError, Json, MsgPack, NewEvent, Postcard,
    RecordedEvent,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::decode::{recorded, time, used};
use crate::Failure;
use crate::args::Args;
use crate::domain::{AccountEvent, Deposited, Opened};
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let opened = Opened {
        owner: "Augusta Ada King, Countess of Lovelace".into(),
        currency: "EUR".into(),
        limit_cents: 50_000,
    };
    let deposited = Deposited { cents: 73_051 };
    payload("opened", &opened, &opened.clone().into(), args, report)?;
    payload(
        "deposited",
        &deposited,
        &deposited.clone().into(),
        args,
        report,
    )
}

fn payload<T: Serialize + DeserializeOwned>(
    name: &str,
    value: &T,
    event: &AccountEvent,
    args: &Args,
    report: &mut Report,
) -> Result<(), Failure> {
    contest(name, &Json, value, event, json::<T>, args, report)?;
    contest(name, &Cbor, value, event, cbor::<T>, args, report)?;
    contest(name, &MsgPack, value, event, msgpack::<T>, args, report)?;
    contest(name, &Postcard, value, event, postcard::<T>, args, report)
}

#[inline(never)]
fn derived<F: Format>(page: &[RecordedEvent], format: &F) -> Result<(), DecodeError> {
    for event in page {
        match event.decode(format) {
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
fn codec<T, E>(page: &[RecordedEvent], bare: impl Fn(&[u8]) -> Result<T, E>) -> Result<(), E> {
    for event in page {
        used(&bare(&event.payload)?);
    }
    Ok(())
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(bytes)
}

fn cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, impl Into<Failure> + use<T>> {
    T::deserialize(&mut cbor4ii::serde::Deserializer::new(SliceReader::new(
        bytes,
    )))
}

fn msgpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, rmp_serde::decode::Error> {
    rmp_serde::from_slice(bytes)
}

fn postcard<T: DeserializeOwned>(bytes: &[u8]) -> postcard::Result<T> {
    postcard::from_bytes(bytes)
}

fn contest<T: Serialize, F: Format, E: Into<Failure>>(
    name: &str,
    format: &F,
    value: &T,
    event: &AccountEvent,
    bare: impl Fn(&[u8]) -> Result<T, E>,
    args: &Args,
    report: &mut Report,
) -> Result<(), Failure> {
    let n = args.size(100_000, 20_000);
    let stored = recorded(NewEvent::encode(event, format)?)?;
    let what = format!("{name}, {}, {} bytes", F::ID, stored.payload.len());
    let lines = Contest::new("formats", n)
        .side(format!("floor: bare decode, {what}"), "none", || {
            time(&stored, n, |page| codec(page, &bare))
        })
        .side(format!("derived decode, {what}"), "none", || {
            time(&stored, n, |page| derived(page, format))
        })
        .run(args.rounds(51))?;
    report.lines(&lines)?;
    let mut out = Vec::with_capacity(256);
    let mut again = Vec::with_capacity(256);
    let lines = Contest::new("formats", n)
        .side(format!("floor: format's encode, {what}"), "none", || {
            each(n, || {
                out.clear();
                format
                    .encode(black_box(value), &mut out)
                    .map(|()| out.len())
            })
        })
        .side(format!("derived encode, {what}"), "none", || {
            each(n, || {
                again.clear();
                black_box(event)
                    .encode(format, &mut again)
                    .map(|()| again.len())
            })
        })
        .run(args.rounds(51))?;
    Ok(report.lines(&lines)?)
}

fn each<T>(n: usize, mut one: impl FnMut() -> Result<T, FormatError>) -> Result<Sample, Failure> {
    let mut laps = Laps::start(256);
    for _ in 0..n {
        black_box(&one()?);
        laps.done();
    }
    Ok(laps.finish())
}
