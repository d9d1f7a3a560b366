//! Reading a log from end to end, over whatever is damaged.

use super::error::LogError;
use super::files::LogFiles;
use super::frame::{ALIGN, Header};
use super::open::file_gone;
use super::reader::{Frame, LogReader};

/// How much is read at once.
const WINDOW: usize = 1 << 20;

/// What is met on the way.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A whole frame.
    Frame(Frame<'a>),
    /// From this position on something is damaged.
    Damage {
        position: u64,
        reason: String,
        /// The next whole frame, if there is one.
        next: Option<Header>,
    },
}

/// Which part of a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Address and position of where to begin.
    pub(crate) start: (u64, u64),
    /// The last position there is; `None` if that is to be found out, as when a store is opened.
    pub(crate) position: Option<u64>,
    /// Nothing at or behind this address is read.
    pub(crate) address: u64,
    /// Whether what the disk does not give back is damage; an error otherwise.
    pub(crate) tolerant: bool,
}

/// Shows every frame and every damaged stretch, in order. Returns where the last whole frame ends: position and address.
pub(crate) fn walk(
    files: &LogFiles,
    reach: Reach,
    mut each: impl FnMut(Step<'_>) -> Result<(), LogError>,
) -> Result<(u64, u64), LogError> {
    let (mut address, first) = reach.start;
    let mut position = first;
    let (mut end, mut found) = ((first - 1, address), None);
    let mut reader = LogReader::new(files, reach.address);
    // Where something cannot be read, frames are read one by one up to this address.
    let mut closely = 0;
    while address < reach.address && reach.position.is_none_or(|last| position <= last) {
        let window = if address < closely { 0 } else { WINDOW };
        let mut unreadable = false;
        let reason = match reader.frame(address, position, window) {
            Ok(frame) if frame.header.first == position => {
                (address, position) = (frame.header.end(), frame.header.last() + 1);
                end = (position - 1, address);
                each(Step::Frame(frame))?;
                continue;
            }
            // It is damage that it begins in front of this position; then it is read as it is.
            Ok(_) => "the positions before it do not lead up to it".to_owned(),
            Err(LogError::Corrupt { reason, .. }) => reason,
            Err(LogError::Io { path, source })
                if reach.tolerant && LogError::is_unreadable(&source) =>
            {
                if window > 0 {
                    closely = address + WINDOW as u64;
                    continue;
                }
                unreadable = true;
                format!(
                    "the disk does not give it back: {source} (in {})",
                    path.display()
                )
            }
            Err(error) => return Err(error),
        };
        if !unreadable && reach.position.is_none() && files.is_last(address) {
            // As when a store is opened: it counts only if something was written after it had been synced.
            let proof = reader.find(address, reach.tolerant, |header| {
                header.group_start > address
            })?;
            if proof.is_none() {
                break;
            }
        }
        // What was found and cannot be read all the same is not looked for again.
        let from = if found == Some(address) {
            address + ALIGN as u64
        } else {
            address
        };
        let next = reader.find(from, reach.tolerant, |_| true)?;
        found = next.map(|next| next.address);
        let reason = if next.is_some() && reader.is_behind_file(address)? {
            file_gone(position)
        } else {
            reason
        };
        each(Step::Damage {
            position,
            reason,
            next,
        })?;
        let Some(next) = next else {
            break;
        };
        (address, position) = (next.address, next.first);
    }
    Ok(end)
}
