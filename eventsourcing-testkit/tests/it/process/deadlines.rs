//! Timers beside late events, lost rows, failing commands, poison and panics. What instances do is written in the events.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventsourcing::{
    Aggregate, Apply, Commit, Correlation, Dispatch, DispatchError, Event, EventSourced,
    EventStore, ExecuteOptions, ExpectedVersion, Json, MemoryStore, NewEvent, ProcessContext,
    ProcessManager, ProjectionRunner, Projections, Reaction, ReadModels, Receipt, Repository,
};
use eventsourcing_testkit::ManualClock;
use serde::{Deserialize, Deserializer, Serialize};

use crate::projection::support::within;

/// What an instance is to do, as `note:x`, `timer:name:seconds`, `cancel:name`, `do:command`, `after:x:y` (notes y if x was noted), `finish`, `fail`, `panic`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    instance: u64,
    #[serde(deserialize_with = "read")]
    script: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Begun {
    instance: u64,
    script: String,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(super) enum Script {
    #[es(name = "script.begun")]
    Begun(Begun),
    #[es(name = "script.told")]
    Told(Told),
}

thread_local! {
    /// Whether a script in capitals can be read.
    pub(super) static READABLE: std::cell::Cell<bool> = const { std::cell::Cell::new(true) };
}

fn read<'de, D: Deserializer<'de>>(codec: D) -> Result<String, D::Error> {
    let script = String::deserialize(codec)?;
    if script.starts_with("NOTE") && !READABLE.get() {
        return Err(serde::de::Error::custom("no capitals"));
    }
    Ok(script.to_lowercase())
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(super) enum Noting {
    #[es(name = "noting.noted")]
    Noted(Noted),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Noted {
    pub(super) text: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "noting", id = u64, event = Noting, error = Infallible)]
pub(super) struct Notes {
    notes: Vec<String>,
}

impl Apply<Noted> for Notes {
    fn apply(&mut self, event: Noted) {
        self.notes.push(event.text);
    }
}

/// Does what it is told.
pub(super) struct Clerk;

fn react(state: &Notes, script: &str, cx: &ProcessContext<'_>) -> Result<Reaction<Clerk>, String> {
    let mut reaction = Reaction::none();
    for step in script.split(';') {
        let parts: Vec<_> = step.split(':').collect();
        reaction = match parts[..] {
            ["after", earlier, text] if state.notes.iter().any(|note| note == earlier) => {
                reaction.event(Noted { text: text.into() })
            }
            ["after", ..] => reaction,
            ["note", text] => reaction.event(Noted { text: text.into() }),
            ["timer", name, seconds] => {
                let seconds = seconds.parse().expect("a number");
                reaction.timer(name, cx.now() + Duration::from_secs(seconds))
            }
            ["cancel", name] => reaction.cancel_timer(name),
            ["do", command] => reaction.command(command.to_owned()),
            ["finish"] => reaction.finish(),
            ["fail"] => return Err("poison".into()),
            _ => panic!("{script}"),
        };
    }
    Ok(reaction)
}

impl ProcessManager for Clerk {
    type State = Notes;
    type View = Script;
    type Command = String;
    type Error = String;

    fn correlate(&self, event: &Script, _: &ProcessContext<'_>) -> Correlation<u64> {
        match event {
            Script::Begun(begun) => Correlation::Start(begun.instance),
            Script::Told(told) => Correlation::Continue(told.instance),
        }
    }

    fn react(
        &self,
        state: &Notes,
        event: Script,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, String> {
        match event {
            Script::Begun(begun) => react(state, &begun.script, cx),
            Script::Told(told) => react(state, &told.script, cx),
        }
    }

    /// The name of a timer is its script, without what cannot be in one.
    fn on_timer(
        &self,
        state: &Notes,
        timer: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, String> {
        react(
            state,
            match timer {
                "deadline" => "note:deadline;do:late",
                "stopping" => "note:stopping;cancel:other",
                "setting" => "note:setting;timer:other:5",
                "other" => "note:other",
                "doing" => "note:doing;do:it",
                "again" => "timer:again:0",
                other => other,
            },
            cx,
        )
    }
}

/// Somebody who does what is asked for, or cannot.
#[derive(Clone, Default)]
pub(super) struct Hands {
    done: Arc<Mutex<Vec<String>>>,
    pub(super) tied: Arc<AtomicBool>,
}

impl Dispatch<String> for Hands {
    async fn dispatch(&self, command: String, _: ExecuteOptions) -> Result<(), DispatchError> {
        if self.tied.load(SeqCst) {
            return Err(DispatchError::Failed("not now".into()));
        }
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push(command);
        Ok(())
    }
}

pub(super) struct Office {
    pub(super) log: MemoryStore,
    pub(super) rows: ReadModels,
    pub(super) clock: ManualClock,
    pub(super) hands: Hands,
}

impl Office {
    pub(super) fn new() -> Self {
        let clock = ManualClock::default();
        Self {
            log: MemoryStore::with_clock(Arc::new(clock.clone())),
            rows: ReadModels::in_memory(),
            clock,
            hands: Hands::default(),
        }
    }

    /// With whoever executes the commands.
    pub(super) fn runner(&self, hands: impl Dispatch<String>) -> ProjectionRunner<ReadModels> {
        ProjectionRunner::new(self.log.clone(), self.rows.clone())
            .clock(Arc::new(self.clock.clone()))
            .add_process(Clerk, hands)
    }

    pub(super) fn projections(&self) -> Projections<ReadModels> {
        let runner = self.runner(self.hands.clone());
        runner.idle().expect("a runner")
    }

    pub(super) async fn catch_up(&self) {
        let projections = self.projections();
        within(projections.catch_up()).await.expect("no trouble");
    }

    async fn put(&self, instance: u64, event: Script) -> Receipt {
        let event = NewEvent::encode(&event, &Json).expect("json");
        let stream = format!("script-{instance}").parse().expect("a stream");
        let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
        self.log.append(commit).await.expect("an append").receipt
    }

    pub(super) async fn begin(&self, instance: u64, script: &str) {
        let script = script.into();
        self.put(instance, Begun { instance, script }.into()).await;
    }

    pub(super) async fn tell(&self, instance: u64, script: &str) -> Receipt {
        let script = script.into();
        self.put(instance, Told { instance, script }.into()).await
    }

    pub(super) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(super) async fn notes(&self, instance: u64) -> Vec<String> {
        let notes = EventSourced::<Notes, _>::new(self.log.clone());
        let root = notes.load(&instance).await.expect("an instance");
        root.into_state().notes
    }

    pub(super) fn done(&self) -> Vec<String> {
        let done = self.hands.done.lock();
        done.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[tokio::test]
async fn what_came_in_time_comes_before_the_deadline_however_late_it_is_read() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:deadline:3600").await;
    office.catch_up().await;
    office.wait(1_800);
    office.tell(1, "note:paid;cancel:deadline").await;
    office.wait(3_600);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "paid"]);
    assert_eq!(office.done(), [""; 0]);
}

/// Hands that are slow: it is paid while they are busy.
#[derive(Clone)]
struct SlowHands(MemoryStore, ManualClock);

impl Dispatch<String> for SlowHands {
    async fn dispatch(&self, command: String, _: ExecuteOptions) -> Result<(), DispatchError> {
        assert_eq!(command, "slow");
        self.1.advance(Duration::from_secs(1_000));
        let office = Office {
            log: self.0.clone(),
            ..Office::new()
        };
        office.tell(1, "note:paid;cancel:deadline").await;
        self.1.advance(Duration::from_secs(5_000));
        Ok(())
    }
}

#[tokio::test]
async fn what_came_in_time_while_something_else_was_done_comes_before_the_deadline() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:deadline:3600").await;
    office.catch_up().await;
    office.begin(2, "do:slow").await;
    let hands = SlowHands(office.log.clone(), office.clock.clone());
    let projections = office.runner(hands).idle().expect("a runner");
    within(projections.catch_up()).await.expect("no trouble");
    assert_eq!(office.notes(1).await, ["begun", "paid"]);
}

#[tokio::test]
async fn a_deadline_in_a_long_history_waits_for_what_came_in_time() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:deadline:10000").await;
    for other in 2..902 {
        office.begin(other, "note:begun").await;
        office.wait(10);
    }
    office.tell(1, "note:paid;cancel:deadline").await;
    office.begin(1_000, "note:begun;timer:deadline:10").await;
    office.wait(100_000);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "paid"]);
    assert_eq!(office.notes(1_000).await, ["begun", "deadline"]);
    assert_eq!(office.done(), ["late"]);
}

#[tokio::test]
async fn a_timer_still_runs_when_rows_are_lost_whatever_others_did_before() {
    for first in ["stopping", "setting"] {
        let mut office = Office::new();
        office
            .begin(1, &format!("note:begun;timer:{first}:10"))
            .await;
        office.catch_up().await;
        office.wait(11);
        office.catch_up().await;
        office.tell(1, "note:again;timer:other:1000").await;
        office.catch_up().await;
        office.rows = ReadModels::in_memory();
        office.catch_up().await;
        assert_eq!(office.notes(1).await, ["begun", first, "again"]);
        office.wait(5_000);
        office.catch_up().await;
        assert_eq!(office.notes(1).await, ["begun", first, "again", "other"]);
    }
}

#[tokio::test]
async fn what_a_timer_led_to_is_done_whatever_becomes_of_the_timer() {
    for then in [
        "note:on",
        "note:on;finish",
        "note:on;cancel:doing",
        "note:on;timer:doing:99999999",
    ] {
        for rows_are_lost in [false, true] {
            let mut office = Office::new();
            office.begin(1, "note:begun;timer:doing:10").await;
            office.catch_up().await;
            office.hands.tied.store(true, SeqCst);
            office.wait(11);
            office.catch_up().await;
            office.tell(1, then).await;
            office.catch_up().await;
            if rows_are_lost {
                office.rows = ReadModels::in_memory();
                office.catch_up().await;
            }
            office.hands.tied.store(false, SeqCst);
            office.wait(36_000);
            office.catch_up().await;
            assert_eq!(office.notes(1).await, ["begun", "doing", "on"], "{then}");
            assert_eq!(office.done(), ["it"], "{then}, {rows_are_lost}");
        }
    }
}

#[tokio::test]
async fn of_a_timer_that_was_set_twice_at_once_the_last_time_counts() {
    let mut office = Office::new();
    office
        .begin(1, "note:begun;timer:doing:5000;timer:doing:10")
        .await;
    office.catch_up().await;
    office.hands.tied.store(true, SeqCst);
    office.wait(11);
    office.catch_up().await;
    office.rows = ReadModels::in_memory();
    office.hands.tied.store(false, SeqCst);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "doing"]);
    assert_eq!(office.done(), ["it"], "it was due, and is done");
}

#[tokio::test]
async fn who_was_too_late_is_too_late_though_nobody_was_there_in_time() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:deadline:3600").await;
    office.wait(3_601);
    office.tell(1, "note:paid;cancel:deadline").await;
    office.wait(1);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "deadline", "paid"]);
    assert_eq!(office.done(), ["late"]);
}

#[tokio::test]
async fn an_event_that_nobody_could_read_is_reacted_to_once_somebody_can() {
    READABLE.set(false);
    let office = Office::new();
    office.begin(1, "note:begun").await;
    office.tell(1, "NOTE:middle;do:middle").await;
    let last = Told {
        instance: 1,
        script: "note:last".into(),
    };
    office.put(2, last.into()).await;
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "last"]);
    READABLE.set(true);
    let projections = office.projections();
    let outcome = within(projections.retry("noting", None, "ada")).await;
    assert_eq!(outcome.expect("no trouble").freed, 1);
    assert_eq!(office.notes(1).await, ["begun", "last", "middle"]);
    assert_eq!(office.done(), ["middle"]);
}

#[tokio::test]
async fn timers_wait_behind_the_events_of_their_instance() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:deadline:3600").await;
    office.begin(2, "note:begun;timer:deadline:3600").await;
    office.catch_up().await;
    office.tell(1, "fail").await;
    office.tell(1, "note:paid;cancel:deadline").await;
    office.catch_up().await;
    office.wait(4_000);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun"]);
    assert_eq!(office.notes(2).await, ["begun", "deadline"]);
    let projections = office.projections();
    let parked = within(projections.parked("noting", None, 10)).await;
    let poison = parked.expect("rows")[0].event_id;
    let skipped = within(projections.skip("noting", poison, "ada", "poison")).await;
    skipped.expect("no trouble");
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "paid"]);
}

#[tokio::test]
async fn what_led_to_nothing_before_a_timer_leads_to_nothing_when_rows_are_lost() {
    let mut office = Office::new();
    office.begin(1, "note:begun;timer:deadline:10").await;
    office.tell(1, "after:deadline:seen").await;
    office.catch_up().await;
    office.wait(11);
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "deadline"]);
    office.rows = ReadModels::in_memory();
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "deadline"]);
    office.tell(1, "after:deadline:seen").await;
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "deadline", "seen"]);
}

#[tokio::test]
async fn what_is_parked_is_not_passed_over_because_of_a_timer() {
    READABLE.set(false);
    let mut office = Office::new();
    office.begin(1, "note:begun;timer:deadline:10").await;
    office.tell(1, "NOTE:middle").await;
    office.catch_up().await;
    office.wait(11);
    office.catch_up().await;
    // Nobody can say whose it is, so the timer has not waited for it.
    assert_eq!(office.notes(1).await, ["begun", "deadline"]);
    READABLE.set(true);
    office.rows = ReadModels::in_memory();
    office.catch_up().await;
    assert_eq!(office.notes(1).await, ["begun", "deadline", "middle"]);
}

#[tokio::test]
async fn a_panic_at_a_timer_is_that_instances_alone() {
    let office = Office::new();
    office.begin(1, "note:begun;timer:nonsense:10").await;
    office.begin(2, "note:begun;timer:other:10").await;
    office.catch_up().await;
    office.wait(11);
    office.tell(2, "note:two").await;
    office.catch_up().await;
    assert_eq!(office.notes(2).await, ["begun", "other", "two"]);
}

#[tokio::test]
async fn a_timer_of_a_long_name_parks_what_asked_for_it() {
    let office = Office::new();
    let name = "n".repeat(1_100);
    office
        .begin(1, &format!("note:begun;timer:{name}:10"))
        .await;
    office.begin(2, "note:begun").await;
    office.catch_up().await;
    assert_eq!(office.notes(2).await, ["begun"]);
    let projections = office.projections();
    let parked = within(projections.parked("noting", None, 10)).await;
    let parked = parked.expect("rows");
    let failure = parked[0].failure.as_ref().expect("a failure");
    assert!(failure.error.contains("1100 bytes"), "{}", failure.error);
}

#[tokio::test]
async fn what_one_event_led_to_is_not_done_again_because_another_fails() {
    let office = Office::new();
    for instance in 1..100 {
        office.begin(instance, "do:it").await;
    }
    office.begin(100, "fail").await;
    office.catch_up().await;
    assert_eq!(office.done().len(), 99);
}

#[tokio::test]
async fn what_waits_behind_an_event_that_is_left_out_goes_on_in_later_programs_too() {
    // One waits to be reacted to, of the other it is decided already what is to be done.
    for (decided, expected) in [(false, ["begun", "other"]), (true, ["begun", "doing"])] {
        let office = Office::new();
        let timer = if decided { "doing" } else { "other" };
        office
            .begin(1, &format!("note:begun;timer:{timer}:10"))
            .await;
        office.catch_up().await;
        if decided {
            office.hands.tied.store(true, SeqCst);
            office.wait(11);
            office.catch_up().await;
        }
        office.tell(1, "fail").await;
        office.catch_up().await;
        office.hands.tied.store(false, SeqCst);
        for other in 2..5 {
            office.wait(36_000);
            office.begin(other, "note:begun;timer:other:10").await;
            office.catch_up().await;
        }
        let waits = if decided { 2 } else { 1 };
        assert_eq!(office.notes(1).await, expected[..waits]);
        assert_eq!(office.done(), [""; 0]);

        let projections = office.projections();
        let parked = within(projections.parked("noting", None, 10)).await;
        let poison = parked.expect("rows")[0].event_id;
        let skipped = within(projections.skip("noting", poison, "ada", "poison")).await;
        assert_eq!(skipped.expect("no trouble").freed, 1);
        office.catch_up().await;
        assert_eq!(office.notes(1).await, expected);
        assert_eq!(office.done().len(), usize::from(decided));
        assert_eq!(office.notes(3).await, ["begun", "other"]);
    }
}
