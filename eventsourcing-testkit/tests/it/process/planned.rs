//! Processes that do what their events say, and a plain fold that says what comes of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsourcing::{
    Aggregate, Commit, Correlation, Dispatch, DispatchError, Event, EventStore, ExecuteOptions,
    ExpectedVersion, Json, MemoryStore, NewEvent, ProcessContext, ProcessManager, Reaction,
    Timestamp,
};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// What an instance is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Do {
    Ask {
        is_refused: bool,
    },
    /// Sets a timer, and what is to be done when it is due.
    Set {
        timer: u8,
        seconds: u32,
        then: Vec<Do>,
    },
    Cancel {
        timer: u8,
    },
    Finish,
}

/// When a timer is due that is set now: never at a moment at which something else happens.
fn due(now: Timestamp, seconds: u32) -> Timestamp {
    now + Duration::from_secs(seconds.into()) + Duration::from_micros(1)
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    pub(super) instance: u64,
    /// Whether it is the instance's first one.
    pub(super) begins: bool,
    /// Whether nobody can react to it before something is mended.
    pub(super) fails: bool,
    /// Whether it leads to nothing as long as timer 0 was never set.
    pub(super) passes: bool,
    pub(super) plan: Vec<Do>,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(super) enum Plan {
    #[es(name = "plan.told")]
    Told(Told),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = PlannedEvents)]
pub(super) enum Planned {
    #[es(name = "planned.set")]
    Set { timer: u8, then: Vec<Do> },
}

/// What is to be done when timers are due.
#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "planned", id = u64, event = Planned, error = Infallible)]
pub(super) struct Plans(BTreeMap<u8, Vec<Do>>);

impl PlannedEvents for Plans {
    fn set(&mut self, timer: u8, then: Vec<Do>) {
        self.0.insert(timer, then);
    }
}

/// A command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) instance: u64,
    /// What the process took the time to be.
    pub(super) at: Timestamp,
    pub(super) what: String,
    pub(super) is_refused: bool,
}

impl Asked {
    fn new(instance: u64, at: Timestamp, what: &str, is_refused: bool) -> Self {
        let what = what.into();
        Self {
            instance,
            at,
            what,
            is_refused,
        }
    }
}

/// Does what it is told.
#[derive(Debug, Clone, Default)]
pub(super) struct Planner {
    pub(super) mended: Arc<AtomicBool>,
}

fn ask(cx: &ProcessContext<'_>, what: &str, is_refused: bool) -> Asked {
    let instance = cx.instance().parse().expect("an id");
    Asked::new(instance, cx.now(), what, is_refused)
}

fn react(what: &str, plan: &[Do], cx: &ProcessContext<'_>) -> Reaction<Planner> {
    let reaction = Reaction::none().command(ask(cx, what, false));
    plan.iter().fold(reaction, |reaction, step| match step {
        Do::Ask { is_refused } => reaction.command(ask(cx, "asked", *is_refused)),
        Do::Cancel { timer } => reaction.cancel_timer(timer.to_string()),
        Do::Finish => reaction.finish(),
        Do::Set {
            timer,
            seconds,
            then,
        } => {
            let (timer, then) = (*timer, then.clone());
            let reaction = reaction.timer(timer.to_string(), due(cx.now(), *seconds));
            reaction.event(Planned::Set { timer, then })
        }
    })
}

impl ProcessManager for Planner {
    type State = Plans;
    type View = Plan;
    type Command = Asked;
    type Error = &'static str;

    fn correlate(&self, Plan::Told(told): &Plan, _: &ProcessContext<'_>) -> Correlation<u64> {
        if told.begins {
            Correlation::Start(told.instance)
        } else {
            Correlation::Continue(told.instance)
        }
    }

    fn react(
        &self,
        plans: &Plans,
        Plan::Told(told): Plan,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error> {
        if told.fails && !self.mended.load(SeqCst) {
            return Err("as the test asked");
        }
        if told.passes && !plans.0.contains_key(&0) {
            return Ok(Reaction::none());
        }
        Ok(react("event", &told.plan, cx))
    }

    fn on_timer(
        &self,
        plans: &Plans,
        timer: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error> {
        let number: u8 = timer.parse().expect("a number");
        Ok(react(&format!("timer {timer}"), &plans.0[&number], cx))
    }

    fn on_refused(
        &self,
        _: &Plans,
        _: &Asked,
        _: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error> {
        Ok(Reaction::none().command(ask(cx, "refused", false)))
    }
}

/// Somebody who takes commands, each key once, and is not there now and then: before or after doing something.
#[derive(Debug, Clone)]
pub(super) struct Hands(Arc<Mutex<Taken>>);

#[derive(Debug)]
struct Taken {
    in_order: Vec<Asked>,
    by_key: HashMap<String, Asked>,
    rng: Rng,
    per_mille: u32,
}

impl Hands {
    pub(super) fn new(seed: u64) -> Self {
        let taken = Taken {
            in_order: Vec::new(),
            by_key: HashMap::new(),
            rng: Rng::with_seed(seed),
            per_mille: 0,
        };
        Self(Arc::new(Mutex::new(taken)))
    }

    fn taken<T>(&self, look: impl FnOnce(&mut Taken) -> T) -> T {
        look(&mut self.0.lock().expect("no panic inside"))
    }

    /// How often in a thousand they are not there.
    pub(super) fn set(&self, per_mille: u32) {
        self.taken(|taken| taken.per_mille = per_mille);
    }

    pub(super) fn in_order(&self) -> Vec<Asked> {
        self.taken(|taken| taken.in_order.clone())
    }

    async fn call(&self) -> Result<(), DispatchError> {
        tokio::task::yield_now().await;
        let away = self.taken(|taken| taken.rng.u32(..1_000) < taken.per_mille);
        if away {
            return Err(DispatchError::Unavailable("as the test asked".into()));
        }
        Ok(())
    }
}

impl Dispatch<Asked> for Hands {
    async fn dispatch(&self, asked: Asked, options: ExecuteOptions) -> Result<(), DispatchError> {
        self.call().await?;
        let key = options.idempotency_key.expect("each command has a key");
        self.taken(|taken| {
            if let Some(before) = taken.by_key.get(&key) {
                assert_eq!(*before, asked, "a key is of one command");
                return;
            }
            taken.in_order.push(asked.clone());
            taken.by_key.insert(key, asked.clone());
        });
        self.call().await?;
        if asked.is_refused {
            let reason = "as the test asked".into();
            return Err(DispatchError::Refused { reason });
        }
        Ok(())
    }
}

/// What comes of the same events, with nothing in between.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    due: BTreeMap<(Timestamp, u64, u8), Vec<Do>>,
    finished: BTreeSet<u64>,
    /// Instances in which timer 0 was set once.
    set: BTreeSet<u64>,
    /// Events that wait, in order, by instance.
    parked: BTreeMap<u64, Vec<(Timestamp, Told)>>,
    pub(super) asked: Vec<Asked>,
}

impl Oracle {
    pub(super) fn event(&mut self, at: Timestamp, told: &Told) {
        // No timer is due just then.
        self.until(at);
        let instance = told.instance;
        if self.finished.contains(&instance) {
            return;
        }
        if told.fails || self.parked.contains_key(&instance) {
            let waiting = self.parked.entry(instance).or_default();
            waiting.push((at, told.clone()));
            return;
        }
        self.told(at, told);
    }

    fn told(&mut self, at: Timestamp, told: &Told) {
        if !told.passes || self.set.contains(&told.instance) {
            self.react(told.instance, at, "event", &told.plan);
        }
    }

    /// What waits is handled.
    pub(super) fn mend(&mut self) {
        for (at, told) in std::mem::take(&mut self.parked).into_values().flatten() {
            if !self.finished.contains(&told.instance) {
                self.told(at, &told);
            }
        }
    }

    /// How many events wait.
    pub(super) fn parked(&self) -> usize {
        self.parked.values().map(Vec::len).sum()
    }

    /// All timers that are due fire, but for those of instances whose events wait.
    pub(super) fn until(&mut self, now: Timestamp) {
        let first = |oracle: &Self| {
            let mut due = oracle.due.keys().take_while(|(at, ..)| *at <= now);
            due.find(|(_, instance, _)| !oracle.parked.contains_key(instance))
                .copied()
        };
        while let Some(key @ (at, instance, timer)) = first(self) {
            let then = self.due.remove(&key).expect("it is there");
            self.react(instance, at, &format!("timer {timer}"), &then);
        }
    }

    fn react(&mut self, instance: u64, now: Timestamp, what: &str, plan: &[Do]) {
        let mut refused = 0;
        self.asked.push(Asked::new(instance, now, what, false));
        for step in plan {
            match step {
                Do::Ask { is_refused } => {
                    let asked = Asked::new(instance, now, "asked", *is_refused);
                    self.asked.push(asked);
                    refused += usize::from(*is_refused);
                }
                Do::Set {
                    timer,
                    seconds,
                    then,
                } => {
                    self.cancel(instance, Some(*timer));
                    if *timer == 0 {
                        self.set.insert(instance);
                    }
                    let key = (due(now, *seconds), instance, *timer);
                    self.due.insert(key, then.clone());
                }
                Do::Cancel { timer } => self.cancel(instance, Some(*timer)),
                Do::Finish => drop(self.finished.insert(instance)),
            }
        }
        if self.finished.contains(&instance) {
            self.cancel(instance, None);
        }
        let answer = Asked::new(instance, now, "refused", false);
        self.asked.extend(vec![answer; refused]);
    }

    /// A timer, or all of them.
    fn cancel(&mut self, instance: u64, timer: Option<u8>) {
        self.due.retain(|(_, of, other), _| {
            *of != instance || timer.is_some_and(|timer| *other != timer)
        });
    }
}

/// Writes events, in one commit, and returns when they were recorded.
pub(super) async fn tell(log: &MemoryStore, told: impl IntoIterator<Item = Told>) -> Timestamp {
    let events = told.into_iter().map(|told| {
        let event = Plan::from(told);
        NewEvent::encode(&event, &Json).expect("json")
    });
    let stream = "plan-1".parse().expect("a stream");
    let commit = Commit::new().append(stream, ExpectedVersion::Any, events.collect());
    let committed = log.append(commit).await.expect("an append");
    committed.receipt.recorded_at
}
