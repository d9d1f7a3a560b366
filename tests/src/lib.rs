//! Tests that cross crates live in `it/`; this crate only makes the code in the README and the guides doc tests.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/changing-an-event.md")]
mod changing_an_event {}
