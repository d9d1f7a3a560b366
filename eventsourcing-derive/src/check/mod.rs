//! Rules that look at more than one value. Each has a function of its own and points at all tokens it is about.

pub(crate) mod aggregate;
pub(crate) mod command;
mod compat;
pub(crate) mod event;
mod ids;
mod names;
mod past;
mod shape;
mod versions;
pub(crate) mod view;

pub(crate) use self::past::versions_of;
pub(crate) use self::shape::{same_type, ungrouped};
