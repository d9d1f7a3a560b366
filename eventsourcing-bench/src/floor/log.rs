//! Reading the store's own log files by hand.
//!
//! It does: positioned reads of up to 256 KiB, checksums, parsing, decoding, folding. It does not: find the frames (their
//! places are known before the clock starts), make events that outlive the page, or heed concurrent writers.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::{fold, frame};
use crate::Failure;
use crate::domain::Account;

const WINDOW: usize = 256 << 10;
const GAP: u64 = 4 << 10;
const SEGMENT_HEADER: u64 = 64;

/// Where a frame lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) at: u64,
    pub(crate) len: usize,
}

/// The log's files, and the frames of each stream.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) files: Vec<(File, u64)>,
    pub(crate) streams: HashMap<String, Vec<Place>>,
}

impl Log {
    /// Opens the log of a closed store and notes where everything is.
    pub(crate) fn open(store: &Path) -> Result<Self, Failure> {
        let mut log = Self::raw(store)?;
        let mut streams: HashMap<String, Vec<Place>> = HashMap::new();
        log.each_frame(|place, bytes| {
            frame::parse(bytes, |event| {
                let places = match streams.get_mut(event.stream) {
                    Some(places) => places,
                    None => streams.entry(event.stream.to_owned()).or_default(),
                };
                if places
                    .last()
                    .is_none_or(|last| (last.file, last.at) != (place.file, place.at))
                {
                    places.push(place);
                }
                Ok(())
            })
        })?;
        log.streams = streams;
        Ok(log)
    }

    /// Opens the log of a closed store, whatever is in its frames.
    pub(crate) fn raw(store: &Path) -> Result<Self, Failure> {
        let mut paths: Vec<_> = std::fs::read_dir(store.join("log"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        paths.sort();
        let mut log = Self::default();
        for path in paths {
            let file = File::open(path)?;
            let len = file.metadata()?.len();
            log.files.push((file, len));
        }
        Ok(log)
    }

    /// Shows all frames in order.
    pub(crate) fn each_frame(
        &self,
        mut each: impl FnMut(Place, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut window = vec![0; WINDOW];
        for (number, (file, len)) in self.files.iter().enumerate() {
            let mut at = SEGMENT_HEADER;
            'file: while at < *len {
                let read = usize::try_from(len - at)?.min(WINDOW);
                let bytes = &mut window[..read];
                file.read_exact_at(bytes, at)?;
                let mut start = 0;
                while let Some(rest) = bytes
                    .get(start..)
                    .filter(|rest| rest.len() >= frame::HEADER)
                {
                    let Some(len) = frame::len(rest) else {
                        break 'file;
                    };
                    let Some(frame) = rest.get(..len) else { break };
                    each(
                        Place {
                            file: number,
                            at: at + start as u64,
                            len,
                        },
                        frame,
                    )?;
                    start += len;
                }
                if start == 0 {
                    return Err("a frame longer than a window, or half a frame".into());
                }
                at += start as u64;
            }
        }
        Ok(())
    }

    /// Reads these frames and folds the events of one stream; frames near each other are read together.
    pub(crate) fn load(
        &self,
        places: &[Place],
        stream: &str,
        buffer: &mut Vec<u8>,
    ) -> Result<Account, Failure> {
        let mut account = Account::default();
        let mut left = places;
        while let Some(first) = left.first() {
            let near = |pair: &[Place]| {
                let (this, next) = (pair[0], pair[1]);
                let end = next.at + next.len as u64;
                this.file == next.file
                    && next.at - this.at <= GAP
                    && end - first.at <= WINDOW as u64
            };
            let count = 1 + left.windows(2).take_while(|pair| near(pair)).count();
            let (run, rest) = left.split_at(count);
            let last = run[count - 1];
            let len = usize::try_from(last.at - first.at)? + last.len;
            buffer.resize(len.max(buffer.len()), 0);
            self.files[first.file]
                .0
                .read_exact_at(&mut buffer[..len], first.at)?;
            for place in run {
                let start = usize::try_from(place.at - first.at)?;
                frame::parse(&buffer[start..start + place.len], |event| {
                    if event.stream == stream {
                        fold::apply(
                            &mut account,
                            fold::decode(event.name, event.version, event.payload)?,
                        );
                    }
                    Ok(())
                })?;
            }
            left = rest;
        }
        Ok(account)
    }
}
