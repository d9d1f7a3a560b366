//! The commit log: append-only segment files of checksummed frames. It is the truth, and knows nothing of the index.

mod codec;
mod copy;
mod durable;
mod error;
mod file;
mod files;
pub(crate) mod frame;
#[cfg(any(test, fuzzing))]
mod fuzzing;
mod inspect;
mod open;
mod reader;
mod recover;
mod search;
mod segment;
#[cfg(test)]
mod tests;
mod walk;
mod writer;

pub(crate) use self::codec::{Input, put_slice, put_varint, to_usize};
pub(crate) use self::copy::{Copied, copy};
pub(crate) use self::error::LogError;
pub(crate) use self::file::{remove_dir, replace, sync_dir, write_all_at};
pub(crate) use self::files::LogFiles;
#[cfg(any(test, fuzzing))]
pub(crate) use self::fuzzing::{decode_segment_header_again, seal};
pub(crate) use self::inspect::{Inspection, inspect, store_of};
#[cfg(any(test, fuzzing))]
pub(crate) use self::open::OpenLog;
pub(crate) use self::open::{find, positions_lost, remove_unfinished};
pub(crate) use self::reader::{Frame, LogReader};
pub(crate) use self::segment::{SegmentHeader, is_first_segment, is_segment};
pub(crate) use self::walk::{Reach, Step, walk};
pub(crate) use self::writer::{LogWriter, WriterOptions};

/// Name of the log's directory.
pub(crate) const DIR: &str = "log";
