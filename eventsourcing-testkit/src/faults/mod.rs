//! Breaking the machine under a store, and counting what it costs.
//!
//! A fault test has one body and two sizes: a short one for every run of the tests, and a long one when the variable
//! `EVENTSOURCING_FAULTS` is `long`. What it found is kept in a [`Tally`].

pub mod kill;
#[cfg(target_os = "linux")]
pub mod power_cut;
mod tally;

pub use self::tally::Tally;

/// How often to repeat: `long` if `EVENTSOURCING_FAULTS` is `long`, `short` otherwise; a number in that variable
/// takes the place of both.
pub fn rounds(short: usize, long: usize) -> usize {
    match std::env::var("EVENTSOURCING_FAULTS") {
        Ok(value) if value == "long" => long,
        Ok(value) => value.parse().unwrap_or(short),
        Err(_) => short,
    }
}
