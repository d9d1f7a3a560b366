//! `dispatch` in instructions: this program runs itself under `valgrind --tool=callgrind`, each side with two sizes, so
//! that the difference is what the additional events cost and start-up does not count.

use std::process::Command;

use crate::Failure;
use crate::args::Args;
use crate::measure::as_f64;
use crate::result::Report;

const FEW: usize = 409_600;

pub(super) fn run(args: &Args, _: &mut Report) -> Result<(), Failure> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err(
            "valgrind is not installed, or not in the path: instructions cannot be counted".into(),
        );
    }
    let more = args.size(4_096_000, 4_096_000).max(2 * FEW);
    let per_event = |side| -> Result<f64, Failure> {
        let instructions = count(side, more)? - count(side, FEW)?;
        Ok(as_f64(instructions) / as_f64((more - FEW) as u64))
    };
    let (manual, derived) = (per_event("manual")?, per_event("derived")?);
    if args.json {
        let line = serde_json::json!({
            "workload": "callgrind", "subject": "derived", "n": more, "instructions_per_event": derived,
            "floor_instructions_per_event": manual, "floor_ratio": manual / derived, "durability": "none",
        });
        println!("{line}");
    } else {
        let percent = 100.0 * (derived / manual - 1.0);
        println!(
            "dispatch under callgrind, instructions per event: by hand {manual:.3}, derived {derived:.3} ({percent:+.2} %)"
        );
    }
    Ok(())
}

/// Instructions of one run.
fn count(side: &str, n: usize) -> Result<u64, Failure> {
    let program = std::env::current_exe()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["dispatch", "--only", side, "--n", &n.to_string()])
        .output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    let collected = log.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.ok_or_else(|| format!("callgrind counted nothing: {log}"))?;
    Ok(count.trim().parse()?)
}
