//! Shapes, lock files, and the test that `events_lock!` makes.

mod agree;
mod breaking;
mod edit;
mod edits;
mod harmless;
mod lock;
mod odd;
mod renamed;
mod sets;
mod shapes;
mod splits;
