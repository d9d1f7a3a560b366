//! What a kind of fault came to.

use std::fs::File;
use std::io::Write;

/// Counts the rounds of one kind of fault, and what they cost.
///
/// [`Tally::finish`] fails if anything was lost. A control, a design known to lose something, ends with
/// [`Tally::finish_control`] instead, which fails if nothing was: then the harness has no teeth.
///
/// The variable `EVENTSOURCING_FAULTS_REPORT` may name a file; each tally adds a line to it, fields separated by tabs:
/// fault, rounds, acknowledged events checked, lost, unopenable, `control` for a control, and the note.
#[derive(Debug)]
#[must_use = "a tally counts once it is finished"]
pub struct Tally {
    fault: String,
    rounds: u64,
    checked: u64,
    lost: u64,
    unopenable: u64,
    first: Option<String>,
    note: String,
}

impl Tally {
    /// Begins to count; `fault` names the kind in a few words.
    pub fn new(fault: impl Into<String>) -> Self {
        Self {
            fault: fault.into(),
            rounds: 0,
            checked: 0,
            lost: 0,
            unopenable: 0,
            first: None,
            note: String::new(),
        }
    }

    /// A round was survived in which so many acknowledged events were looked for and `lost` of them were missing or
    /// differed. `what` is kept for the first loss: how to see it again.
    pub fn round(&mut self, checked: u64, lost: u64, what: impl FnOnce() -> String) {
        self.rounds += 1;
        self.checked += checked;
        self.lost += lost;
        if lost > 0 {
            self.first.get_or_insert_with(what);
        }
    }

    /// A round ended with a store that could not be opened, though so many acknowledged events were in it.
    pub fn unopenable(&mut self, what: impl FnOnce() -> String) {
        self.rounds += 1;
        self.unopenable += 1;
        self.first.get_or_insert_with(what);
    }

    /// Says something that has to be known to read the numbers, in a few words; it replaces what was said before.
    pub fn note(&mut self, note: impl Into<String>) {
        self.note = note.into();
    }

    /// Rounds so far.
    pub fn rounds(&self) -> u64 {
        self.rounds
    }

    /// Reports, and fails if anything was lost.
    ///
    /// # Panics
    /// If there were no rounds, nothing was checked, or anything was lost or unopenable.
    pub fn finish(self) {
        self.report("");
        assert!(
            self.rounds > 0 && self.checked > 0,
            "{self:?}: nothing was checked"
        );
        assert!(self.lost == 0 && self.unopenable == 0, "{self:?}");
    }

    /// Reports, and fails if nothing was lost.
    ///
    /// # Panics
    /// If nothing was lost and every store could be opened.
    pub fn finish_control(self) {
        self.report("control");
        assert!(
            self.lost > 0 || self.unopenable > 0,
            "{self:?}: this is known to lose something, but the harness has not noticed"
        );
    }

    fn report(&self, mark: &str) {
        let Self {
            fault,
            rounds,
            checked,
            lost,
            unopenable,
            note,
            ..
        } = self;
        println!(
            "{fault}: {rounds} rounds, {checked} acknowledged events checked, {lost} lost, {unopenable} unopenable {note}"
        );
        let Some(path) = std::env::var_os("EVENTSOURCING_FAULTS_REPORT") else {
            return;
        };
        let line = format!("{fault}\t{rounds}\t{checked}\t{lost}\t{unopenable}\t{mark}\t{note}\n");
        let added = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        added.unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }
}
