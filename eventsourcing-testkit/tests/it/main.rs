//! The kit's own tests: that the suite passes on the reference store, is complete, and catches broken stores; and
//! what scenarios print.

mod broken;
mod clock;
mod complete;
mod contract_memory;
mod domain;
mod history;
mod kill;
mod law;
#[cfg(target_os = "linux")]
mod power_cut;
mod process;
mod projection;
mod publisher;
mod read_models;
mod scenario;
mod subscription;
