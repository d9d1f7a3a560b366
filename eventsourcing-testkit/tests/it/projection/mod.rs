//! Projections under a runner: what they make of a log, whatever happens to them.
//!
//! | pitfall | shown by |
//! | --- | --- |
//! | a crash anywhere skips and repeats nothing; rebuilt is the same as live (B5, C1, C2, C10, D1, D3, D5) | `laws`, `crash` |
//! | a filtered projection passes what does not match and keeps that progress; zero matching events; from now (B14, D7) | `basics` |
//! | rows that are lost lose neither where it began nor that it is paused | `lost` |
//! | a restored or another log is refused, never silently skipped (B10, B11, C16) | `fencing` |
//! | an old owner's writes are fenced; the same one started twice (C3, C6, C7, C17) | `fencing` |
//! | poison blocks its key only; today's upcasters; a new event does not resume it; bounded bookkeeping (C8, C18, C19, D6, D10) | `policy` |
//! | too much parked stops, drops nothing (C9) | `policy` |
//! | stores gone for a while, only one of them, slow (C12, C14) | `stores` |
//! | panics, errors, hangs, dropped futures (C15) | `policy`, `crash` |
//! | two projections over the same events; several partitions changing one row (D4, D9) | `partitions` |
//! | only at parity, with a way back; changed code without a word is another fingerprint (D8, D11) | `rebuild` |
//! | waiting never hangs, and costs what the commit costs (D12) | `wait` |
//! | catching up ends, whoever goes on writing | `busy` |
//! | how far it is behind, in time | `lag` |
//! | every event seen once, provably | `coverage` |
//! | what an operator does is an event with its actor (I15) | `policy` |
//! | a rebuild causes nothing outside (D2) | `outside` |
//!
//! Not here: nothing is folded while appending (D13).

mod basics;
mod busy;
pub(crate) mod counting;
mod coverage;
mod crash;
mod fencing;
pub(crate) mod flaky;
mod lag;
mod laws;
mod lost;
mod other_key;
mod outside;
mod partitions;
mod policy;
mod rebuild;
pub(crate) mod restore;
pub(crate) mod shelf;
mod stores;
pub(crate) mod support;
mod wait;
