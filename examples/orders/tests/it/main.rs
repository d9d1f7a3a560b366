//! The server as its clients meet it, and its domain.

mod api;
mod client;
mod crash;
mod domain;
mod fulfilment;
mod generations;
mod idempotency;
mod lock;
mod parked;
mod problems;
mod queries;
mod race;
mod readme;
mod support;
mod usage;
