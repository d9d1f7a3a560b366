//! What crosses crates, in one test binary.

mod tidy;
