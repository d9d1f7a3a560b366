//! Payloads of the bank account in each format: how large, how fast to write, how fast to read. Floor: the bare codec,
//! which is told the type. Nothing finds the event's type there, and the event is not wrapped into the enum.

use std::hint::black_box;

use cbor4ii::core::utils::SliceReader;
use eventsourcing::{Cbor, Event, Format, Json, MsgPack, NewEvent, Postcard};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::decode::{derived, recorded, time};
use crate::Failure;
use crate::args::Args;
use crate::domain::{AccountEvent, Deposited, Opened};
use crate::measure::Contest;
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
    let json = |bytes: &[u8]| Ok(serde_json::from_slice::<T>(bytes)?);
    contest(name, &Json, value, event, json, args, report)?;
    let cbor = |bytes: &[u8]| {
        let mut reader = cbor4ii::serde::Deserializer::new(SliceReader::new(bytes));
        Ok(T::deserialize(&mut reader)?)
    };
    contest(name, &Cbor, value, event, cbor, args, report)?;
    let msgpack = |bytes: &[u8]| Ok(rmp_serde::from_slice::<T>(bytes)?);
    contest(name, &MsgPack, value, event, msgpack, args, report)?;
    let postcard = |bytes: &[u8]| Ok(postcard::from_bytes::<T>(bytes)?);
    contest(name, &Postcard, value, event, postcard, args, report)
}

fn contest<T: Serialize, F: Format>(
    name: &str,
    format: &F,
    value: &T,
    event: &AccountEvent,
    bare: impl Fn(&[u8]) -> Result<T, Failure>,
    args: &Args,
    report: &mut Report,
) -> Result<(), Failure> {
    let n = args.size(100_000, 20_000);
    let stored = recorded(NewEvent::encode(event, format)?)?;
    let what = format!("{name}, {}, {} bytes", F::ID, stored.payload.len());
    let lines = Contest::new("formats", n)
        .side(format!("floor: bare decode, {what}"), "none", || {
            time(n, || bare(black_box(&stored.payload)))
        })
        .side(format!("derived decode, {what}"), "none", || {
            time(n, || derived(&stored, format))
        })
        .run(args.rounds(51))?;
    report.lines(&lines)?;
    let mut out = Vec::with_capacity(256);
    let mut again = Vec::with_capacity(256);
    let lines = Contest::new("formats", n)
        .side(format!("floor: format's encode, {what}"), "none", || {
            time(n, || {
                out.clear();
                format.encode(black_box(value), &mut out)?;
                Ok(out.len())
            })
        })
        .side(format!("derived encode, {what}"), "none", || {
            time(n, || {
                again.clear();
                black_box(event).encode(format, &mut again)?;
                Ok(again.len())
            })
        })
        .run(args.rounds(51))?;
    Ok(report.lines(&lines)?)
}
