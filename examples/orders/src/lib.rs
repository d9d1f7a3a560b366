//! An order system behind HTTP, on top of the `eventsourcing` toolkit.
//!
//! [`domain`] is what a user of the toolkit writes; the rest is a program around it.

mod args;
mod clerks;
pub mod domain;
mod error;
mod http;
mod read;
mod server;
mod shop;

pub use crate::server::run;
