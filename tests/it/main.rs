//! What crosses crates, in one test binary.

mod contract_sled;
mod derive;
mod sled_time;
mod tidy;
mod transform;
mod ui;
