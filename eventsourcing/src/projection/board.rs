//! [`Board`]: what the drivers of a projection say about themselves while they run, for whoever waits or lists.

use std::collections::BTreeMap;

use tokio::sync::watch;

use super::catalogue::{Catalogue, Paused};
use super::driver::Driven;
use super::stop::StopReason;
use crate::time::Timestamp;
use crate::version::Position;

/// Shown to everybody in this process; what is in the rows counts.
#[derive(Debug)]
pub(super) struct Board(watch::Sender<Shown>);

/// What is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) activity: Activity,
    pub(super) serving: Option<u32>,
    /// Why the generation that is read does not go on.
    pub(super) stale: Option<Stale>,
    pub(super) generations: BTreeMap<u32, Crew>,
}

/// A generation is read that does not go on.
#[derive(Debug, Clone)]
pub(super) struct Stale {
    pub(super) why: String,
    /// The one that is built beside it.
    pub(super) building: Option<u32>,
    /// Whether somebody has to say that it is to be read.
    pub(super) by_hand: bool,
}

/// What goes on with a projection here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Activity {
    /// Nothing runs here.
    #[default]
    Idle,
    /// It runs, or is about to.
    Running,
    /// It cannot be opened at the moment.
    Waiting(String),
    /// Somebody has paused it.
    Paused(Paused),
    /// It has stopped by itself before any generation was driven.
    Stopped(StopReason),
}

/// What is said about a generation.
#[derive(Debug, Clone, Default)]
pub(super) struct Crew {
    pub(super) partitions: BTreeMap<u32, Driven>,
    /// How many partitions it has.
    pub(super) of: u32,
    /// Why it does not go on at the moment.
    pub(super) waiting: Option<String>,
    pub(super) stopped: Option<StopReason>,
    pub(super) rate: Rate,
}

impl Crew {
    /// How far all partitions have come.
    pub(super) fn position(&self) -> Option<Position> {
        if self.partitions.len() < self.of as usize {
            return None;
        }
        self.partitions.values().map(|driven| driven.position).min()
    }

    /// Whether all partitions have come to the end of the log since they were started.
    pub(super) fn is_caught_up(&self) -> bool {
        self.position().is_some() && self.partitions.values().all(Driven::is_caught_up)
    }

    pub(super) fn parked(&self) -> u64 {
        self.partitions.values().map(|driven| driven.parked).sum()
    }

    fn handled(&self) -> u64 {
        self.partitions.values().map(|driven| driven.handled).sum()
    }
}

/// Events per second, over the last ten seconds or so.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rate {
    /// When counting began anew, and what the count was then; the time before that, for a window that is never empty.
    marks: Option<[(Timestamp, u64); 2]>,
    last: u64,
}

impl Rate {
    const WINDOW_SECONDS: u64 = 5;

    fn count(&mut self, now: Timestamp, handled: u64) {
        let marks = self.marks.get_or_insert([(now, handled); 2]);
        if now.since(marks[1].0).as_secs() >= Self::WINDOW_SECONDS {
            *marks = [marks[1], (now, handled)];
        }
        self.last = handled;
    }

    pub(super) fn per_second(&self, now: Timestamp) -> f64 {
        let Some([(from, before), _]) = self.marks else {
            return 0.0;
        };
        let seconds = now.since(from).as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a rate is told to a few digits")]
        let events = self.last.saturating_sub(before) as f64;
        if seconds > 0.0 { events / seconds } else { 0.0 }
    }
}

impl Board {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Shown::default()))
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Shown> {
        self.0.subscribe()
    }

    pub(super) fn shown(&self) -> Shown {
        self.0.borrow().clone()
    }

    /// It is about to run: what is said about an earlier run counts no longer.
    pub(super) fn run(&self) {
        self.0.send_modify(|shown| {
            shown.activity = Activity::Running;
            shown.generations.clear();
        });
    }

    pub(super) fn activity(&self, activity: Activity) {
        self.0.send_modify(|shown| shown.activity = activity);
    }

    pub(super) fn catalogue(&self, catalogue: &Catalogue, stale: Option<Stale>) {
        self.0.send_modify(|shown| {
            shown.serving = Some(catalogue.serving);
            shown.stale = stale;
            shown.generations.retain(|number, _| {
                let build = catalogue.generations.get(number);
                build.is_some_and(|build| build.unfit.is_none())
            });
        });
    }

    /// A generation is about to be driven.
    pub(super) fn begin(&self, generation: u32, partitions: u32) {
        let crew = Crew {
            of: partitions,
            ..Crew::default()
        };
        self.0
            .send_modify(|shown| drop(shown.generations.insert(generation, crew)));
    }

    pub(super) fn driven(&self, generation: u32, partition: u32, driven: Driven, now: Timestamp) {
        self.crew(generation, |crew| {
            crew.waiting = None;
            crew.partitions.insert(partition, driven);
            crew.rate.count(now, crew.handled());
        });
    }

    pub(super) fn waiting(&self, generation: u32, why: String) {
        self.crew(generation, |crew| crew.waiting = Some(why));
    }

    pub(super) fn stopped(&self, generation: u32, reason: StopReason) {
        self.crew(generation, |crew| crew.stopped = Some(reason));
    }

    fn crew(&self, generation: u32, change: impl FnOnce(&mut Crew)) {
        self.0
            .send_modify(|shown| change(shown.generations.entry(generation).or_default()));
    }
}
