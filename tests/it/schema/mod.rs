//! Shapes, lock files, and the test that `events_lock!` makes.

mod breaking;
mod edit;
mod edits;
mod harmless;
mod lock;
mod sets;
mod shapes;
