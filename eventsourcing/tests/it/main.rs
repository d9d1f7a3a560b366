//! Behaviour of the core through its public API, on a domain written by hand.

mod as_of;
mod cache;
mod conflict;
mod decode;
mod domain;
mod ext;
mod filter;
mod handshake;
mod idempotency;
mod json;
mod metadata;
mod no_runtime;
mod properties;
mod query;
mod read_model;
mod repository;
mod snapshot;
mod spy;
mod unit_of_work;
mod visit;
