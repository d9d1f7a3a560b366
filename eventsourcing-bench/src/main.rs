//! Measured floors and workloads: how fast the toolkit is beside the same work written by hand. `RESULTS.md` keeps the
//! figures and says what was tried where one is missed.

mod alone;
mod args;
mod domain;
mod floor;
mod measure;
mod meter;
mod result;
mod workloads;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;

/// Whatever ends a run.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match workloads::run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("eventsourcing-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
