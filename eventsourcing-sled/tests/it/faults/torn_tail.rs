//! The end of the log is torn, or whole files of it are missing or where they do not belong.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use eventsourcing_sled::{OpenError, SledStore};
use eventsourcing_testkit::faults::{Tally, rounds};
use fastrand::Rng;
use tempfile::TempDir;

use super::image::{Frame, Image, SEGMENT_HEADER, scratch};
use super::sample::Sample;
use crate::support::{fill, log};

/// How much of the log the index has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    /// All of it: what is missing in the log is noticed.
    Whole,
    /// Some commits less, as after a crash.
    Older,
    Missing,
}

/// What follows the place where the log was cut.
#[derive(Debug, Clone, Copy)]
enum Tail {
    Nothing,
    Zeros,
    Garbage,
    Half,
    Stale,
    Foreign,
}

const TAILS: [Tail; 6] = [
    Tail::Nothing,
    Tail::Zeros,
    Tail::Garbage,
    Tail::Half,
    Tail::Stale,
    Tail::Foreign,
];

struct Torn {
    sample: Sample,
    other: Sample,
    dir: TempDir,
    file: PathBuf,
    whole: Vec<u8>,
    frames: Vec<Frame>,
    rng: Rng,
}

impl Torn {
    fn new() -> Self {
        let (sample, other) = (Sample::in_one_segment(), Sample::in_one_segment());
        let segments = sample.image.segments();
        let [(file, frames)] = &segments[..] else {
            panic!("{} segments", segments.len())
        };
        let (file, frames) = (file.clone(), frames.clone());
        Self {
            whole: sample.image.bytes(&file).to_vec(),
            sample,
            other,
            dir: scratch(),
            file,
            frames,
            rng: Rng::with_seed(21),
        }
    }

    fn tail(&mut self, cut: usize, tail: Tail) -> Vec<u8> {
        let some = 1 + self.rng.usize(..600);
        // Another frame than the one that would lie here.
        let of = |frames: &[Frame], bytes: &[u8], number: usize| {
            bytes[frames[number].bytes.clone()].to_vec()
        };
        let number = self.rng.usize(..self.frames.len() / 2);
        match tail {
            Tail::Nothing => Vec::new(),
            Tail::Zeros => vec![0; some],
            Tail::Garbage => (0..some).map(|_| self.rng.u8(..)).collect(),
            // The next one, but for its end.
            Tail::Half => {
                let next = self.frames.iter().find(|frame| frame.bytes.start >= cut);
                next.map_or(vec![0; 3], |next| {
                    let half = next.bytes.start + next.bytes.len() / 2;
                    self.whole[next.bytes.start..half].to_vec()
                })
            }
            Tail::Stale => of(&self.frames, &self.whole, number),
            Tail::Foreign => of(&self.frames, self.other.image.bytes(&self.file), number),
        }
    }

    /// The log is `bytes`; problems are what is wrong then.
    fn judge(&self, bytes: &[u8], index: Index) -> Result<usize, String> {
        let is_whole =
            |frame: &&Frame| bytes.get(..frame.bytes.end) == Some(&self.whole[..frame.bytes.end]);
        let left = self.frames.iter().filter(is_whole).count();
        let events = left
            .checked_sub(1)
            .map_or(0, |last| *self.frames[last].positions.end());
        let mut image = match index {
            Index::Whole => self.sample.image.clone(),
            Index::Older => self.sample.image.with_index(Some(&self.sample.older_index)),
            Index::Missing => self.sample.image.with_index(None),
        };
        image.set(&self.file, bytes.to_vec());
        image.restore(self.dir.path());
        let lost = left < self.frames.len();
        match Sample::open(self.dir.path()) {
            Err(OpenError::Corruption { position, .. }) if index == Index::Whole && lost => {
                let file = self.dir.path().join(&self.file);
                // Nothing is cut, so that somebody can look into it and put back what is missing.
                let unchanged = std::fs::read(&file).ok();
                if position.get() != events + 1 || unchanged.as_deref() != Some(bytes) {
                    return Err(format!("position {position}, {events} whole events"));
                }
                std::fs::write(&file, &self.whole).map_err(|error| error.to_string())?;
                let store = Sample::open(self.dir.path()).map_err(|error| error.to_string())?;
                let again = log(&store).map_err(|error| error.to_string())?;
                if again == self.sample.events {
                    Ok(again.len())
                } else {
                    Err("other events once it is repaired".to_owned())
                }
            }
            Ok(store) if index != Index::Whole || !lost => {
                let events = usize::try_from(events).expect("few");
                let expected = &self.sample.events[..events];
                if log(&store).map_err(|error| error.to_string())? != expected {
                    return Err(format!("other than the {events} whole events"));
                }
                goes_on(store, self.dir.path(), events)
            }
            other => Err(format!("{events} whole events, {index:?}: {other:?}")),
        }
    }
}

/// Something can be appended, and all of it is sound and there when the store is opened again.
fn goes_on(store: SledStore, dir: &Path, events: usize) -> Result<usize, String> {
    fill(&store, 2);
    drop(store);
    let store = Sample::open(dir).map_err(|error| error.to_string())?;
    let report = store.verify().map_err(|error| error.to_string())?;
    if report.is_sound() && report.events == events as u64 + 2 {
        Ok(events)
    } else {
        Err(format!("writing on: {report:?}"))
    }
}

#[test]
fn at_every_byte() {
    let mut torn = Torn::new();
    // The last group and the four commits before it.
    let from = torn.frames[torn.frames.len() - 7].bytes.start;
    let cuts = torn.whole.len() - from + 1;
    for index in [Index::Whole, Index::Older, Index::Missing] {
        let mut tally = Tally::new(match index {
            Index::Whole => "the log's end torn, with its index",
            Index::Older => "the log's end torn, with an older index",
            Index::Missing => "the log's end torn, and the index lost",
        });
        let mut unknown = 0;
        for round in 0..rounds(40, 2 * cuts) {
            let (cut, tail) = if rounds(0, 1) == 1 {
                (from + round / 2, TAILS[round % TAILS.len()])
            } else {
                (
                    torn.rng.usize(from..=torn.whole.len()),
                    TAILS[round % TAILS.len()],
                )
            };
            let mut bytes = torn.whole[..cut].to_vec();
            bytes.extend(torn.tail(cut, tail));
            match torn.judge(&bytes, index) {
                Ok(events) => {
                    if index != Index::Whole {
                        unknown += torn.sample.events.len() - events;
                    }
                    tally.round(events as u64, 0, String::new);
                }
                Err(problem) => {
                    tally.round(0, 1, || format!("cut at {cut}, then {tail:?}: {problem}"));
                }
            }
        }
        tally.note(match index {
            Index::Whole => "reported, nothing cut".to_owned(),
            _ => format!("cannot be told from a crash: {unknown} events cut, all others there"),
        });
        tally.finish();
    }
}

/// Damages a log that has several segments, given their names; says what was done.
type Damage = fn(&mut Image, &[PathBuf], &mut Rng) -> String;

const DAMAGES: [Damage; 8] = [
    |image, names, rng| {
        let name = &names[rng.usize(..names.len() - 1)];
        let mut bytes = image.bytes(name).to_vec();
        bytes.truncate(rng.usize(..bytes.len()));
        image.set(name, bytes);
        format!("{} cut", name.display())
    },
    |image, names, rng| {
        let name = &names[rng.usize(..names.len() - 1)];
        let mut bytes = image.bytes(name).to_vec();
        bytes.extend(vec![0; 1 + rng.usize(..5000)]);
        image.set(name, bytes);
        format!("{} continued", name.display())
    },
    |image, names, rng| {
        let name = &names[rng.usize(..names.len())];
        image.remove(name.to_str().expect("a name"));
        format!("{} removed", name.display())
    },
    |image, names, rng| {
        let from = &names[rng.usize(..names.len())];
        let to = PathBuf::from(format!("log/{:020}.log", rng.u64(200..2000)));
        image.set(&to, image.bytes(from).to_vec());
        format!("{} doubled", from.display())
    },
    |image, names, rng| {
        let from = &names[rng.usize(..names.len())];
        let to = PathBuf::from(format!("log/{:020}.log", rng.u64(200..2000)));
        image.set(&to, image.bytes(from).to_vec());
        image.remove(from.to_str().expect("a name"));
        format!("{} renamed", from.display())
    },
    |image, names, rng| {
        let one = rng.usize(..names.len());
        let two = (one + 1 + rng.usize(..names.len() - 1)) % names.len();
        let (first, second) = (
            image.bytes(&names[one]).to_vec(),
            image.bytes(&names[two]).to_vec(),
        );
        image.set(&names[one], second);
        image.set(&names[two], first);
        format!("{one} and {two} exchanged")
    },
    |image, names, rng| {
        let name = &names[rng.usize(..names.len())];
        let mut bytes = image.bytes(name).to_vec();
        bytes[..SEGMENT_HEADER].fill(rng.u8(..));
        image.set(name, bytes);
        format!("header of {} overwritten", name.display())
    },
    |image, names, rng| {
        // As in another store: its identity, with the right checksum.
        let name = &names[rng.usize(..names.len())];
        let other = Sample::new().image;
        let theirs = other.names("log");
        let theirs = theirs
            .iter()
            .find(|their| *their == name)
            .unwrap_or(&theirs[0]);
        image.set(name, other.bytes(theirs).to_vec());
        format!("{} of another store", name.display())
    },
];

#[test]
fn segments_that_are_not_what_they_were() {
    let sample = Sample::new();
    let names = sample.image.names("log");
    let dir = scratch();
    let mut rng = Rng::with_seed(22);
    let mut tally = Tally::new("segments cut, removed, doubled, exchanged");
    for round in 0..rounds(24, 800) {
        let mut image = sample.image.clone();
        let done = DAMAGES[round % DAMAGES.len()](&mut image, &names, &mut rng);
        image.restore(dir.path());
        let is: Box<dyn Debug> = match Sample::open(dir.path()) {
            Err(OpenError::Corruption { .. }) => {
                // It was refused, and nothing was changed: with the right files everything is there.
                for name in dir_names(dir.path()) {
                    std::fs::remove_file(name).expect("removing");
                }
                for name in &names {
                    std::fs::write(dir.path().join(name), sample.image.bytes(name))
                        .expect("writing");
                }
                let store = Sample::open(dir.path()).expect("the repaired store");
                let events = log(&store).expect("the log");
                let lost = u64::from(events != sample.events);
                tally.round(events.len() as u64, lost, || format!("{done}, repaired"));
                continue;
            }
            Ok(store) => Box::new(store.verify()),
            Err(error) => Box::new(error),
        };
        tally.round(0, 1, || format!("{done}: {is:?}"));
    }
    tally.note("each refused with its position");
    tally.finish();
}

fn dir_names(dir: &Path) -> Vec<PathBuf> {
    crate::support::segments(dir)
}
