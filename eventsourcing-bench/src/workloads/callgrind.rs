//! `dispatch` and `decode` in instructions: this program runs itself under `valgrind --tool=callgrind`, each side with two
//! sizes, so that the difference is what the additional events cost and start-up does not count.

use std::process::Command;

use clap::ValueEnum;

use super::{decode, dispatch};
use crate::Failure;
use crate::alone::codec::{Deposited, Opened};
use crate::args::{Args, Side};
use crate::measure::as_f64;
use crate::meter;
use crate::result::Report;

const FEW: usize = 40_960;

/// What is counted: its name, the floor, the subject.
const PAIRS: [(&str, Side, Side); 5] = [
    ("dispatch", Side::DispatchByHand, Side::Dispatch),
    ("decode, 15 bytes", Side::DepositedCodec, Side::Deposited),
    (
        "decode, 15 bytes, by hand",
        Side::DepositedByHand,
        Side::Deposited,
    ),
    ("decode, 87 bytes", Side::OpenedCodec, Side::Opened),
    (
        "decode, 87 bytes, by hand",
        Side::OpenedByHand,
        Side::Opened,
    ),
];

pub(super) fn run(args: &Args, _: &mut Report) -> Result<(), Failure> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err(
            "valgrind is not installed, or not in the path: instructions cannot be counted".into(),
        );
    }
    let more = args.size(409_600, 409_600).max(2 * FEW);
    let per_event = |side| -> Result<f64, Failure> {
        let instructions = count(side, more)? - count(side, FEW)?;
        Ok(as_f64(instructions) / as_f64((more - FEW) as u64))
    };
    for (what, floor, subject) in PAIRS {
        let (floor, derived) = (per_event(floor)?, per_event(subject)?);
        if args.json {
            let line = serde_json::json!({
                "workload": "callgrind", "subject": what, "n": more, "instructions_per_event": derived,
                "floor_instructions_per_event": floor, "floor_ratio": floor / derived, "durability": "none",
            });
            println!("{line}");
        } else {
            let percent = 100.0 * (derived / floor - 1.0);
            println!(
                "{what}, instructions per event: floor {floor:.3}, derived {derived:.3} ({percent:+.2} %)"
            );
        }
    }
    Ok(())
}

/// Runs one side and prints nothing.
pub(super) fn only(side: Side, n: usize) -> Result<(), Failure> {
    match side {
        Side::Dispatch => dispatch::only(n, meter::fold_derived),
        Side::DispatchByHand => dispatch::only(n, meter::fold_by_hand),
        Side::Deposited => {
            let event = decode::deposited()?;
            decode::time(&event, n, decode::derived)?;
        }
        Side::DepositedCodec => {
            let event = decode::deposited()?;
            decode::time(&event, n, decode::codec::<Deposited>)?;
        }
        Side::DepositedByHand => {
            let event = decode::deposited()?;
            decode::time(&event, n, decode::by_hand)?;
        }
        Side::OpenedByHand => {
            let event = decode::opened()?;
            decode::time(&event, n, decode::by_hand)?;
        }
        Side::Opened => {
            let event = decode::opened()?;
            decode::time(&event, n, decode::derived)?;
        }
        Side::OpenedCodec => {
            let event = decode::opened()?;
            decode::time(&event, n, decode::codec::<Opened>)?;
        }
    }
    Ok(())
}

/// Instructions of one run.
fn count(side: Side, n: usize) -> Result<u64, Failure> {
    let program = std::env::current_exe()?;
    let name = side
        .to_possible_value()
        .ok_or("a side that has no name cannot be run")?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--only", name.get_name(), "--n", &n.to_string()])
        .output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    let collected = log.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.ok_or_else(|| format!("callgrind counted nothing: {log}"))?;
    Ok(count.trim().parse()?)
}
