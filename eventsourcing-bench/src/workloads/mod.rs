//! The workloads, one file each. Each measures its subjects beside a floor and says in its first lines what the floor is.

mod append;
mod callgrind;
mod command;
mod decode;
mod dispatch;
mod fill;
mod formats;
mod growth;
mod load;
mod memory;
mod process;
mod projection;
mod rss;
mod scan;
mod subscribe;
mod upkeep;

use tokio::runtime::Runtime;

use crate::Failure;
use crate::args::{Args, Workload};
use crate::result::Report;

/// Runs what was asked for.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if let Some(side) = args.only {
        return callgrind::only(side, args.size(1_000_000, 10_000));
    }
    let mut report = Report::new(args.json);
    for workload in args.selected() {
        match workload {
            Workload::Dispatch => dispatch::run(args, &mut report),
            Workload::Decode => decode::run(args, &mut report),
            Workload::Formats => formats::run(args, &mut report),
            Workload::Load => load::run(args, &mut report),
            Workload::Append => append::run(args, &mut report),
            Workload::Command => command::run(args, &mut report),
            Workload::Scan => scan::run(args, &mut report),
            Workload::Subscribe => subscribe::run(args, &mut report),
            Workload::Projection => projection::run(args, &mut report),
            Workload::Process => process::run(args, &mut report),
            Workload::Growth => growth::run(args, &mut report),
            Workload::Upkeep => upkeep::run(args, &mut report),
            Workload::Memory => memory::run(args),
            Workload::Callgrind => callgrind::run(args, &mut report),
        }?;
    }
    Ok(())
}

/// A runtime with a worker for each core, as a server would have.
fn runtime() -> Result<Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.enable_time().build()?)
}

/// A runtime on the calling thread, where nothing but the work itself shall be measured.
fn current_thread() -> Result<Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?)
}
