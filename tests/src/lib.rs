//! What the tests of several crates share. Tests that cross crates live in `it/`; the code in the README and the guides is doc
//! tests here.

pub mod fuzz;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/changing-an-event.md")]
mod changing_an_event {}
