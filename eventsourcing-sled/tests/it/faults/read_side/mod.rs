//! The read side under faults and under load: what is read is what a fold of the log comes to, and every command that a
//! process asks for takes effect once.

mod bank;
#[cfg(target_os = "linux")]
mod busy;
mod decided;
mod kill;
mod ledger;
mod models;
