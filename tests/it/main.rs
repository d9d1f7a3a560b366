//! What crosses crates, in one test binary.

mod crates;
mod derive;
mod formats;
mod guide;
mod schema;
mod sled_time;
mod tidy;
mod transform;
mod ui;
