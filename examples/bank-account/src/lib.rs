//! A bank on the command line, on top of the `eventsourcing` toolkit.

pub mod domain;
