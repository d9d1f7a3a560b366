//! A bank on the command line, on top of the `eventsourcing` toolkit.
//!
//! [`domain`] is what a user of the toolkit writes; the rest is a program around it.

mod args;
mod bank;
pub mod domain;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod import;
mod log;
mod output;
mod read;
mod session;
mod store;
mod verbs;

pub use crate::session::run;
