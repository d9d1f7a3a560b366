//! A process manager that issues one command for each event, to an instance and an account of its own.
//!
//! Floor: the same bytes by hand on a bare preallocated file: the event is read at its place and decoded, then the decision's commit and
//! the command's are written and synced one after the other, and the position put into sled. It looks for no earlier decision, loads
//! neither instance nor account, and answers nobody. The second side does so on the store itself, so it is what a process manager
//! adds. `8 at a time` shares each of the two syncs between eight events, which no process manager does: it handles one event after
//! the other. In memory the floor is the second side. What a reaction takes is measured from command to command.

use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use eventsourcing::{
    Aggregate, Commit, Correlation, Dispatch, DispatchError, Event, EventSourced, EventStore,
    ExecuteOptions, ExpectedVersion, Filter, LogPage, MemoryStore, NewEvent, Position,
    ProcessContext, ProcessManager, ProjectionRunner, ProjectionStore, Projections, Reaction,
    ReadModels, RecordedEvent, StreamId,
};
use eventsourcing_sled::{SledRows, SledStore};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::{fill, runtime};
use crate::Failure;
use crate::args::Args;
use crate::domain::{self, Account, AccountEvent, Deposit, Withdrawn};
use crate::floor::file::{BareFile, Room};
use crate::floor::log::Log;
use crate::floor::{fold, frame};
use crate::measure::{Contest, Laps, Sample, as_f64};
use crate::result::Report;

/// Events in a commit of those that are reacted to.
const CHUNK: usize = 500;
/// How many share a sync where they do.
const AT_A_TIME: usize = 8;
/// The command's accounts: none of those that are reacted to.
const OTHERS: u64 = 1 << 40;

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let events = args.size(2_000, 100);
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    sled(&runtime, scratch.path(), events, args, report)?;
    memory(&runtime, events, args, report)
}

fn sled(
    runtime: &Runtime,
    dir: &Path,
    events: usize,
    args: &Args,
    report: &mut Report,
) -> Result<(), Failure> {
    let db = sled::Config::new()
        .path(dir.join("positions"))
        .cache_capacity(64 << 20)
        .flush_every_ms(Some(250))
        .open()?;
    let mut frames = Frames::written(runtime, dir, events)?;
    let (by_hand, store) = (
        SledStore::open(dir.join("by hand"))?,
        SledStore::open(dir.join("store"))?,
    );
    let models = ReadModels::new(SledRows::open(dir.join("rows"))?);
    let mut on_store = OnStore::new(runtime, &by_hand, events)?;
    let subject = Subject::new(runtime, &store, models, Forward { all: false })?;
    let seeing_all = SledStore::open(dir.join("seeing all"))?;
    let models = ReadModels::new(SledRows::open(dir.join("seeing all's rows"))?);
    let sees_all = Subject::new(runtime, &seeing_all, models, Forward { all: true })?;
    let (frames, checkpoint) = (std::cell::RefCell::new(&mut frames), |position: u64| {
        db.insert("position", &position.to_be_bytes())?;
        Ok(())
    });
    let syncs = |store: &SledStore, run: &mut dyn FnMut() -> Result<Sample, Failure>| {
        let before = store.stats()?;
        let sample = run()?;
        let after = store.stats()?;
        let (syncs, commits) = (after.syncs - before.syncs, after.commits - before.commits);
        let syncs_per_commit = Some(as_f64(syncs) / as_f64(commits));
        Ok::<_, Failure>(Sample {
            syncs_per_commit,
            ..sample
        })
    };
    let lines = Contest::new("process", events)
        .side("floor: two commits on a bare file", "fsync", || {
            frames.borrow_mut().react(1, checkpoint)
        })
        .side("by hand, 8 at a time on a bare file", "fsync", || {
            frames.borrow_mut().react(AT_A_TIME, checkpoint)
        })
        .side("by hand, on the sled store", "fsync", || {
            syncs(&by_hand, &mut || on_store.react(checkpoint))
        })
        .side("sled", "fsync", || {
            syncs(&store, &mut || subject.react(events))
        })
        .side("sled, shown what its commands do", "fsync", || {
            syncs(&seeing_all, &mut || sees_all.react(events))
        })
        .run(args.rounds(7))?;
    Ok(report.lines(&lines)?)
}

fn memory(
    runtime: &Runtime,
    events: usize,
    args: &Args,
    report: &mut Report,
) -> Result<(), Failure> {
    let (by_hand, store) = (MemoryStore::new(), MemoryStore::new());
    let mut on_store = OnStore::new(runtime, &by_hand, events)?;
    let models = ReadModels::in_memory();
    let subject = Subject::new(runtime, &store, models, Forward { all: false })?;
    let mut position = 0;
    let lines = Contest::new("process", events)
        .side("floor: by hand, on the memory store", "memory", || {
            on_store.react(|handled| {
                position = std::hint::black_box(handled).max(position);
                Ok(())
            })
        })
        .side("memory", "memory", || subject.react(events))
        .run(args.rounds(11))?;
    Ok(report.lines(&lines)?)
}

/// Appends the events that are reacted to, each to an account of its own.
async fn withdrawals<S: EventStore>(store: &S, events: usize) -> Result<(), Failure> {
    let withdrawn = NewEvent::encode(&domain::event(3), &eventsourcing::Json)?;
    for begin in (0..events).step_by(CHUNK) {
        let mut commit = Commit::new();
        for account in begin..events.min(begin + CHUNK) {
            let stream = fill::stream(account as u64)?;
            commit = commit.append(stream, ExpectedVersion::Any, vec![withdrawn.clone()]);
        }
        store.append(commit).await?;
    }
    Ok(())
}

/// A process manager over a store that grows from round to round.
struct Subject<'a, S, P: ProjectionStore> {
    runtime: &'a Runtime,
    store: &'a S,
    projections: Projections<P>,
    times: Times,
}

/// When each command was done.
type Times = Arc<Mutex<Vec<Instant>>>;

/// The accounts, which note that.
struct Timed<S>(EventSourced<Account, S>, Times);

impl<S: EventStore> Dispatch<Deposit> for Timed<S> {
    async fn dispatch(
        &self,
        command: Deposit,
        options: ExecuteOptions,
    ) -> Result<(), DispatchError> {
        self.0.dispatch(command, options).await?;
        let mut times = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        times.push(Instant::now());
        Ok(())
    }
}

impl<'a, S, P> Subject<'a, S, P>
where
    S: EventStore + Clone,
    P: ProjectionStore,
{
    fn new(
        runtime: &'a Runtime,
        store: &'a S,
        models: P,
        forward: Forward,
    ) -> Result<Self, Failure> {
        let (accounts, times) = (EventSourced::new(store.clone()), Times::default());
        let accounts = Timed(accounts, times.clone());
        let runner = ProjectionRunner::new(store.clone(), models);
        let projections = runner.add_process(forward, accounts).idle()?;
        Ok(Self {
            runtime,
            store,
            projections,
            times,
        })
    }

    fn react(&self, events: usize) -> Result<Sample, Failure> {
        let before = self.runtime.block_on(async {
            withdrawals(self.store, events).await?;
            Ok::<_, Failure>(self.store.head().await?)
        })?;
        let laps = Laps::start(u32::MAX);
        self.runtime.block_on(self.projections.catch_up())?;
        let elapsed = laps.finish().elapsed;
        let after = self.runtime.block_on(self.store.head())?;
        if after.get() - before.get() != 2 * events as u64 {
            return Err(format!("{before} to {after} for {events} reactions").into());
        }
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let times = std::mem::take(&mut *times);
        let between = times.windows(2).map(|two| two[1] - two[0]);
        Ok(Sample {
            ops: events as u64,
            elapsed,
            laps: between.map(|lap| lap.as_secs_f64() * 1e9).collect(),
            ..Sample::default()
        })
    }
}

/// What a process manager has written, to be written again on a bare file.
struct Frames {
    log: Log,
    /// Where each event to react to is.
    events: Vec<(usize, u64, usize)>,
    /// A decision and what its command led to, for each of them.
    commits: Vec<[Vec<u8>; 2]>,
    bare: BareFile,
}

impl Frames {
    fn written(runtime: &Runtime, dir: &Path, events: usize) -> Result<Self, Failure> {
        let path = dir.join("written");
        let store = SledStore::open(&path)?;
        for account in 0..events as u64 {
            // A frame each, as if somebody had written them one by one.
            let stream = fill::stream(account)?;
            let event = NewEvent::encode(&domain::event(3), &eventsourcing::Json)?;
            let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
            runtime.block_on(store.append(commit))?;
        }
        let models = ReadModels::in_memory();
        let accounts = EventSourced::<Account, _>::new(store.clone());
        let runner = ProjectionRunner::new(store.clone(), models);
        let projections = runner
            .add_process(Forward { all: false }, accounts)
            .idle()?;
        runtime.block_on(projections.catch_up())?;
        drop(projections);
        store.close();
        let log = Log::raw(&path)?;
        let (mut places, mut frames) = (Vec::new(), Vec::new());
        log.each_frame(|place, frame| {
            if places.len() < events {
                places.push((place.file, place.at, place.len));
            } else {
                frames.push(frame.to_vec());
            }
            Ok(())
        })?;
        let (commits, []) = frames.as_chunks::<2>() else {
            return Err("a decision without its command".into());
        };
        if commits.len() != events {
            return Err(format!("{} reactions to {events} events", commits.len()).into());
        }
        let commits = commits.to_vec();
        let bare = BareFile::create(&dir.join("bare"), Room::Preallocated(64 << 20))?;
        Ok(Self {
            log,
            events: places,
            commits,
            bare,
        })
    }

    fn react(
        &mut self,
        at_a_time: usize,
        mut checkpoint: impl FnMut(u64) -> Result<(), Failure>,
    ) -> Result<Sample, Failure> {
        use std::os::unix::fs::FileExt;
        let (mut buffer, mut position, mut group) = (Vec::new(), 0, Vec::new());
        let mut laps = Laps::start(1);
        let both = self.events.chunks(at_a_time);
        for (events, commits) in both.zip(self.commits.chunks(at_a_time)) {
            for (file, at, len) in events {
                buffer.resize(*len, 0);
                self.log.files[*file].0.read_exact_at(&mut buffer, *at)?;
                frame::parse(&buffer, |event| {
                    let decoded = fold::decode(event.name, event.version, event.payload)?;
                    std::hint::black_box(decoded);
                    Ok(())
                })?;
            }
            for commit in 0..2 {
                group.clear();
                for commits in commits {
                    group.extend_from_slice(&commits[commit]);
                }
                self.bare.append(&group)?;
            }
            position += events.len() as u64;
            checkpoint(position)?;
            laps.group_done(events.len());
        }
        Ok(Sample {
            syncs_per_commit: Some(1.0 / as_f64(at_a_time as u64)),
            ..laps.finish()
        })
    }
}

/// The same on the store, by hand: two commits for each event, of what a process manager would have written.
struct OnStore<'a, S> {
    runtime: &'a Runtime,
    store: &'a S,
    events: usize,
    decision: RecordedEvent,
    effect: RecordedEvent,
    written: u64,
}

impl<'a, S: EventStore + Clone> OnStore<'a, S> {
    fn new(runtime: &'a Runtime, store: &'a S, events: usize) -> Result<Self, Failure> {
        let log = MemoryStore::new();
        let subject = Subject::new(
            runtime,
            &log,
            ReadModels::in_memory(),
            Forward { all: false },
        )?;
        subject.react(1)?;
        let page = runtime.block_on(log.read_all(Position::START, &Filter::all(), 3))?;
        let Ok([_, decision, effect]) = <[RecordedEvent; 3]>::try_from(page.events) else {
            return Err("no reaction to copy".into());
        };
        Ok(Self {
            runtime,
            store,
            events,
            decision,
            effect,
            written: 0,
        })
    }

    fn react(
        &mut self,
        mut checkpoint: impl FnMut(u64) -> Result<(), Failure>,
    ) -> Result<Sample, Failure> {
        let (runtime, store, events) = (self.runtime, self.store, self.events);
        runtime.block_on(async {
            let mut after = store.head().await?;
            withdrawals(store, events).await?;
            let filter = Filter::all().event_type("account.withdrawn");
            let end = store.head().await?;
            let mut laps = Laps::start(1);
            while after < end {
                let LogPage {
                    events: page, next, ..
                } = store.read_all(after, &filter, CHUNK).await?;
                for event in page {
                    let payload = &event.payload;
                    let decoded = fold::decode(&event.event_type, event.schema_version, payload)?;
                    std::hint::black_box(decoded);
                    self.written += 1;
                    for copied in [&self.decision, &self.effect] {
                        store.append(again(copied, self.written)?).await?;
                    }
                    checkpoint(event.position.get())?;
                    laps.done();
                }
                after = next;
            }
            Ok(laps.finish())
        })
    }
}

/// The commit of an event, in a stream of the same category.
fn again(event: &RecordedEvent, number: u64) -> Result<Commit, Failure> {
    let category = event.stream.category();
    let stream = StreamId::new(category, &format!("forward-{:013}", OTHERS + number))?;
    let copy = NewEvent {
        event_type: event.event_type.clone(),
        schema_version: event.schema_version,
        readable_by: event.readable_by,
        format: event.format,
        tags: Vec::new(),
        payload: event.payload.clone(),
    };
    let commit = Commit::new().with_metadata((*event.metadata).clone());
    Ok(commit.append(stream, ExpectedVersion::NoStream, vec![copy]))
}

/// The process: what leaves one account comes into another.
struct Forward {
    /// Whether it is shown the deposits, too, which are none of its business.
    all: bool,
}

/// What an instance remembers.
#[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
#[es(name = "forward", id = u64, event = ForwardEvent, error = Infallible)]
struct Forwarded {}

#[derive(Debug, Clone, PartialEq, Event)]
enum ForwardEvent {
    #[es(name = "forward.began")]
    Began(Began),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Began {}

impl eventsourcing::Apply<Began> for Forwarded {
    fn apply(&mut self, _: Began) {}
}

impl ProcessManager for Forward {
    type State = Forwarded;
    type View = AccountEvent;
    type Command = Deposit;
    type Error = Infallible;

    fn filter(&self) -> Filter {
        if self.all {
            return Filter::all().view::<AccountEvent>();
        }
        Filter::all().event_type("account.withdrawn")
    }

    fn correlate(&self, event: &AccountEvent, cx: &ProcessContext<'_>) -> Correlation<u64> {
        match (event, cx.event()) {
            (AccountEvent::Withdrawn(_), Some(recorded)) => {
                Correlation::Start(OTHERS + recorded.position.get())
            }
            _ => Correlation::Ignore,
        }
    }

    fn react(
        &self,
        _: &Forwarded,
        event: AccountEvent,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let (AccountEvent::Withdrawn(Withdrawn { cents }), Ok(account)) =
            (event, cx.instance().parse())
        else {
            return Ok(Reaction::none());
        };
        Ok(Reaction::none()
            .command(Deposit { account, cents })
            .finish())
    }
}
