//! What crosses crates, in one test binary.

mod contract_sled;
mod derive;
mod tidy;
mod ui;
