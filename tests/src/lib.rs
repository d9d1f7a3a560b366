//! Tests that cross crates live in `it/`; this crate only makes the README's code a doc test.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
