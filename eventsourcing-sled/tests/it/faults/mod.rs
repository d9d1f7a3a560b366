//! The machine is broken on purpose. Every test has a short form and, with `EVENTSOURCING_FAULTS=long`, a long one.

mod clock;
mod disk_full;
mod kill;
