//! The floors: the same work on the same bytes, written by hand, without the toolkit.

pub(crate) mod file;
pub(crate) mod fold;
pub(crate) mod frame;
pub(crate) mod log;
