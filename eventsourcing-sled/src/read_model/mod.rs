//! Read models in sled: a database of its own, which can be made anew by running all projections again.

mod cell;
mod database;
mod directory;
mod room;
mod rows;
mod tree;

pub use self::rows::SledRows;
