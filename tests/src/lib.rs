//! What the tests of several crates share. Tests that cross crates live in `it/`; the code in the README is a doc
//! test here.

pub mod fuzz;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
