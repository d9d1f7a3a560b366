//! What crosses crates, in one test binary.

mod derive;
mod tidy;
mod ui;
