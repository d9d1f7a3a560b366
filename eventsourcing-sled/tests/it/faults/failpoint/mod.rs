//! Between a write and its sync: real system calls that wait, fail or are the last thing a process does.
//!
//! strace stands between this program, run again as a child, and the kernel.

mod append;
mod checkpoints;
mod group;
mod inject;
mod opening;
mod rebuilding;
mod unsynced;
