//! Shapes, lock files, and the test that `events_lock!` makes.

mod edits;
mod lock;
mod shapes;
