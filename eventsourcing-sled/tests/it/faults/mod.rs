//! The machine is broken on purpose. Every test has a short form and, with `EVENTSOURCING_FAULTS=long`, a long one.

#[cfg(target_os = "linux")]
mod bad_sectors;
mod bit_flips;
mod clock;
mod disk_full;
mod double_open;
#[cfg(target_os = "linux")]
mod failpoint;
mod image;
#[cfg(target_os = "linux")]
mod io_errors;
mod kill;
mod lies;
#[cfg(target_os = "linux")]
mod power_cut;
mod probe;
mod read_models;
mod read_side;
mod sample;
mod torn_tail;
