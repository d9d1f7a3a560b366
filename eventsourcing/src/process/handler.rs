//! [`Reactor`]: a process manager as a handler of the projections' driver.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::context::ProcessContext;
use super::define::{Correlation, ProcessManager};
use super::dispatch::{Dispatch, DispatchError};
use super::instance::{Cause, Decided, Instances, Known, Running, failed};
use super::reaction::{Reaction, TimerChange};
use super::recorded::{Reach, Reacted, Source};
use super::taken_up;
use super::timers::{self, Timer};
use crate::aggregate::Aggregate;
use crate::envelope::RecordedEvent;
use crate::format::Json;
use crate::ids::CommitId;
use crate::metadata::Metadata;
use crate::projection::{
    Due, FailingTimer, Fingerprint, Handler, HandlerError, Place, ProjectionOptions,
    ProjectionRunner, ProjectionStore, ProjectionTx, Waits, guarded,
};
use crate::repository::ExecuteOptions;
use crate::store::Filter;
use crate::time::{SystemClock, Timestamp};
use crate::version::Position;

/// Most decisions that one event may lead to, refusals answered with commands that are refused included.
const MOST_DECISIONS: usize = 1_000;

/// Longest time after which a timer that an instance failed to react to is tried again.
const LONGEST_DELAY: Duration = Duration::from_secs(60 * 60);

impl<P: ProjectionStore> ProjectionRunner<P> {
    /// Adds a process manager, whose commands are executed by `dispatch`. It is run, seen and managed like a projection,
    /// under the name of its state, but cannot be reset or rebuilt.
    #[must_use]
    pub fn add_process<M: ProcessManager>(
        self,
        manager: M,
        dispatch: impl Dispatch<M::Command>,
    ) -> Self {
        self.add_process_with(manager, dispatch, ProjectionOptions::default())
    }

    /// As [`ProjectionRunner::add_process`], with options of its own. It has one partition and batches of one event, whatever
    /// they say.
    #[must_use]
    pub fn add_process_with<M: ProcessManager>(
        self,
        manager: M,
        dispatch: impl Dispatch<M::Command>,
        mut options: ProjectionOptions,
    ) -> Self {
        options.partitions = 1; // timers are rows of the whole
        options.batch = 1; // what one event leads to is not done again because the next one fails
        let reactor = Reactor {
            instances: Instances::new(self.events().clone()),
            manager,
            dispatch,
            firing: Mutex::default(),
        };
        self.add_handler(Arc::new(reactor), options)
    }
}

struct Reactor<M: ProcessManager, D> {
    manager: M,
    dispatch: D,
    instances: Instances<M>,
    /// The timer that it reacts to at the moment, in words.
    firing: Mutex<Option<String>>,
}

type IdOf<M> = <<M as ProcessManager>::State as Aggregate>::Id;

impl<M: ProcessManager, D: Dispatch<M::Command>> Reactor<M, D> {
    fn correlate(&self, event: &M::View, recorded: &RecordedEvent) -> Correlation<IdOf<M>> {
        self.manager
            .correlate(event, &ProcessContext::of_event(recorded))
    }

    /// The instances that the parts of an event belong to, in their order.
    fn instances_of<'a>(
        &'a self,
        parts: &'a [M::View],
        recorded: &'a RecordedEvent,
    ) -> impl Iterator<Item = String> + 'a {
        parts.iter().filter_map(|part| {
            let correlation = self.correlate(part, recorded);
            correlation.instance().map(ToString::to_string)
        })
    }

    /// An event waits behind what its instance could not react to, and others wait behind it. If it had two instances, it would
    /// wait behind one only, and whatever the other was to do would be passed over without a word.
    fn check_instance(
        &self,
        parts: &[M::View],
        recorded: &RecordedEvent,
    ) -> Result<(), HandlerError> {
        if parts.len() < 2 {
            return Ok(());
        }
        let mut instances = self.instances_of(parts, recorded);
        let Some(first) = instances.next() else {
            return Ok(());
        };
        match instances.find(|instance| *instance != first) {
            Some(other) => Err(failed(format!(
                "it is read as several events, which belong to the instances `{first}` and `{other}` of process `{}`: those of one \
                 stored event must belong to one instance; let `correlate` ignore the others, and give them a process of their own",
                M::State::NAME
            ))),
            None => Ok(()),
        }
    }

    async fn react<T: ProjectionTx>(
        &self,
        view: M::View,
        part: u32,
        recorded: &RecordedEvent,
        place: Place,
        tx: &mut T,
    ) -> Result<(), HandlerError> {
        let correlation = self.correlate(&view, recorded);
        let Some(id) = correlation.instance() else {
            return Ok(());
        };
        let instance = id.to_string();
        let source = Source::Event {
            event_id: recorded.event_id(),
            part,
        };
        let commit_id = source.commit_id(M::State::NAME, &instance);
        if let Some(decided) = self.instances.decided(&instance, commit_id).await? {
            return self.follow(id, decided, recorded.into(), tx).await;
        }
        let known = self.instances.known(&instance).await?;
        let reach = Reach {
            position: recorded.position,
            part,
        };
        // It came past this event before, and nothing followed. One that was parked may not have been its own then: nobody could
        // read it.
        let passed = !place.late && known.is_started() && reach <= known.reach;
        if passed || !is_wanted(&correlation, known, &instance)? {
            return Ok(());
        }
        let cause = Cause {
            source,
            at: recorded.recorded_at,
            metadata: Metadata::caused_by(recorded),
            // What is parked may be its own, and has not come past.
            reach: place.parked.map_or(Some(reach), Reach::before),
            // A start is one, whatever follows from it.
            is_kept: matches!(correlation, Correlation::Start(_))
                || place.parked.is_some() && known.is_started(),
        };
        let context = ProcessContext::of_event(recorded).with_instance(&instance);
        let decide = |state: &M::State| self.manager.react(state, view, &context);
        match self.instances.decide(id, known, cause, decide).await? {
            Some(decided) => self.follow(id, decided, recorded.into(), tx).await,
            None => Ok(()),
        }
    }

    /// Does what was decided: timers and commands, and what follows from commands that are refused.
    async fn follow<T: ProjectionTx>(
        &self,
        id: &IdOf<M>,
        decided: Decided<M::Command>,
        trigger: Trigger<'_>,
        tx: &mut T,
    ) -> Result<(), HandlerError> {
        let instance = id.to_string();
        let mut left = VecDeque::from([decided]);
        for _ in 0..MOST_DECISIONS {
            let Some(decided) = left.pop_front() else {
                return Ok(());
            };
            let Decided {
                commit_id,
                reacted,
                metadata,
                repeated,
            } = decided;
            if repeated {
                self.restore_timers(&instance, commit_id, &reacted, tx)
                    .await?;
            } else {
                let (changes, finished) = (&reacted.timers, reacted.finished);
                timers::apply(tx, &instance, commit_id, changes, finished).await?;
            }
            for (index, command) in (0..).zip(reacted.commands) {
                let refusal = Source::Refusal {
                    of: commit_id,
                    command: index,
                    reason: String::new(),
                };
                let known = refusal.commit_id(M::State::NAME, &instance);
                if repeated && let Some(answer) = self.instances.decided(&instance, known).await? {
                    left.push_back(answer);
                    continue;
                }
                if let Some(reason) = self.execute(&command, commit_id, index, &metadata).await? {
                    let cause = Cause {
                        source: Source::Refusal {
                            of: commit_id,
                            command: index,
                            reason: reason.clone(),
                        },
                        at: reacted.at,
                        metadata: metadata.clone(),
                        reach: None,
                        is_kept: true,
                    };
                    let context = trigger.context(reacted.at).with_instance(&instance);
                    let decide = |state: &M::State| {
                        self.manager.on_refused(state, &command, &reason, &context)
                    };
                    let known = self.instances.known(&instance).await?;
                    left.extend(self.instances.decide(id, known, cause, decide).await?);
                }
            }
        }
        Err(HandlerError::Failed(format!(
            "more than {MOST_DECISIONS} decisions follow from one another: commands that are refused ask for commands that \
             are refused"
        )))
    }

    /// What a decision of before has made of the instance's timers: later ones may have changed them since.
    async fn restore_timers<T: ProjectionTx>(
        &self,
        instance: &str,
        commit_id: CommitId,
        reacted: &Reacted<M::Command>,
        tx: &mut T,
    ) -> Result<(), HandlerError> {
        for (index, change) in reacted.timers.iter().enumerate() {
            let name = change.name();
            let mut later = reacted.timers[index + 1..].iter();
            if later.any(|later| later.name() == name) {
                continue; // the last word counts
            }
            if let TimerChange::Set { at, .. } = change {
                let fired = Source::Timer {
                    name: name.into(),
                    set_by: commit_id,
                };
                let fired = fired.commit_id(M::State::NAME, instance);
                if self.instances.decided(instance, fired).await?.is_some() {
                    // Whether all was done that followed from it is not on record.
                    let mut timer = Timer::new(instance, name, *at, commit_id);
                    timer.decided = true;
                    timers::keep(tx, &timer).await?;
                }
            }
            match self.instances.running(instance, name).await? {
                Some(Running { set_by, at, .. }) => {
                    timers::keep(tx, &Timer::new(instance, name, at, set_by)).await?;
                }
                None => timers::remove(tx, instance, name).await?,
            }
        }
        if reacted.finished {
            timers::remove_all(tx, instance).await?;
        }
        Ok(())
    }

    /// Executes a command; returns the reason if it is refused.
    async fn execute(
        &self,
        command: &M::Command,
        decision: CommitId,
        index: u32,
        metadata: &Metadata,
    ) -> Result<Option<String>, HandlerError> {
        let options = ExecuteOptions {
            idempotency_key: Some(format!("es.process command\n{decision}\n{index}")),
            metadata: metadata.clone(),
            ..ExecuteOptions::default()
        };
        // As it will be read after a crash: what would not survive that is noticed now.
        let json = serde_json::to_vec(command).map_err(failed)?;
        let command = serde_json::from_slice(&json).map_err(failed)?;
        match self.dispatch.dispatch(command, options).await {
            Ok(()) => Ok(None),
            Err(DispatchError::Refused { reason }) => Ok(Some(reason)),
            Err(DispatchError::Unavailable(error)) => {
                Err(HandlerError::Unavailable(error.to_string()))
            }
            Err(error @ DispatchError::Failed(_)) => Err(HandlerError::Failed(format!(
                "command {index} of decision {decision}: {error}"
            ))),
        }
    }

    fn firing(&self, timer: Option<String>) {
        let mut firing = self.firing.lock().unwrap_or_else(PoisonError::into_inner);
        *firing = timer;
    }

    /// What keeps it waiting, and whose timer does if it is one.
    fn named(&self, why: String) -> String {
        let firing = self.firing.lock().unwrap_or_else(PoisonError::into_inner);
        match &*firing {
            Some(timer) => format!("{timer}: {why}"),
            None => why,
        }
    }

    /// Reacts to a timer that is due. The events up to `handled` were reacted to before it or led to nothing, and are not to lead to
    /// something in the state that it makes.
    async fn fire<T: ProjectionTx>(
        &self,
        timer: &Timer,
        handled: Position,
        tx: &mut T,
    ) -> Result<(), HandlerError> {
        let instance = &timer.instance;
        let id: IdOf<M> = instance
            .parse()
            .map_err(|_| failed(format!("`{instance}` is not an id of `{}`", M::State::NAME)))?;
        let source = Source::Timer {
            name: timer.name.clone(),
            set_by: timer.set_by,
        };
        let commit_id = source.commit_id(M::State::NAME, instance);
        let mut decided = self.instances.decided(instance, commit_id).await?;
        if decided.is_none() {
            let running = self.instances.running(instance, &timer.name).await?;
            if let Some(running) = running.filter(|running| running.set_by == timer.set_by) {
                let cause = Cause {
                    source,
                    at: timer.at,
                    metadata: running.metadata,
                    reach: Some(Reach::all_of(handled)),
                    is_kept: true,
                };
                let context = ProcessContext::of_timer(timer.at).with_instance(instance);
                let decide = |state: &M::State| {
                    let reaction = self.manager.on_timer(state, &timer.name, &context);
                    checked::<M>(reaction, timer)
                };
                let known = self.instances.known(instance).await?;
                decided = self.instances.decide(&id, known, cause, decide).await?;
            }
        }
        // Before what follows: that may set it anew.
        timers::remove_this(tx, timer).await?;
        match decided {
            Some(decided) => self.follow(&id, decided, Trigger(None), tx).await,
            None => Ok(()),
        }
    }

    /// The instance could not react to a timer, or not do what it had decided: it tries again later, alone.
    async fn put_off<T: ProjectionTx>(
        &self,
        timer: Timer,
        error: String,
        now: Timestamp,
        tx: &mut T,
    ) -> Result<(), HandlerError> {
        let failures = timer.failures.saturating_add(1);
        let delay = Duration::from_secs(1 << failures.min(12)).min(LONGEST_DELAY);
        tracing::warn!(
            process = M::State::NAME,
            instance = timer.instance,
            timer = timer.name,
            failures,
            ?delay,
            error,
            "a process could not react to its timer; it tries again"
        );
        let source = Source::Timer {
            name: timer.name.clone(),
            set_by: timer.set_by,
        };
        let commit_id = source.commit_id(M::State::NAME, &timer.instance);
        timers::remove_this(tx, &timer).await?;
        let decided = self.instances.decided(&timer.instance, commit_id).await?;
        let again = Timer {
            failures,
            again_at: Some(now + delay),
            decided: decided.is_some(),
            ..timer
        };
        timers::set_failed(tx, &again, error, now).await
    }
}

/// The event that set a chain of decisions off, if it was one.
#[derive(Clone, Copy)]
struct Trigger<'a>(Option<&'a RecordedEvent>);

impl<'a> From<&'a RecordedEvent> for Trigger<'a> {
    fn from(event: &'a RecordedEvent) -> Self {
        Self(Some(event))
    }
}

impl<'a> Trigger<'a> {
    fn context(self, at: Timestamp) -> ProcessContext<'a> {
        self.0
            .map_or(ProcessContext::of_timer(at), ProcessContext::of_event)
    }
}

/// A timer without an answer is a failure, so that it stays until there is one. So is one that would be due for ever.
fn checked<M: ProcessManager>(
    reaction: Result<Reaction<M>, M::Error>,
    timer: &Timer,
) -> Result<Reaction<M>, String> {
    let reaction = reaction.map_err(|error| error.to_string())?;
    let (process, name) = (M::State::NAME, &timer.name);
    if reaction.is_unknown_timer() {
        return Err(format!(
            "process `{process}` has set timer `{name}` and has no `on_timer` for it"
        ));
    }
    for change in reaction.timers() {
        if let TimerChange::Set { name: set, at } = change
            && set == name
            && *at <= timer.at
        {
            return Err(format!(
                "process `{process}` reacts to timer `{name}`, due at {}, by setting it to {at}, so that it would be due for \
                 ever: set it to a time after `now()`",
                timer.at
            ));
        }
    }
    Ok(reaction)
}

fn is_wanted<I>(
    correlation: &Correlation<I>,
    known: Known,
    instance: &str,
) -> Result<bool, HandlerError> {
    match correlation {
        Correlation::Ignore => Ok(false),
        Correlation::Continue(_) => Ok(known.is_running()),
        Correlation::Start(_) if known.is_started() => Err(failed(format!(
            "it is to start instance `{instance}`, which has been started before"
        ))),
        Correlation::Require(_) if !known.is_running() => Err(failed(format!(
            "it requires instance `{instance}`, which {}",
            if known.finished {
                "has finished"
            } else {
                "was never started"
            }
        ))),
        Correlation::Start(_) | Correlation::Require(_) => Ok(true),
    }
}

#[async_trait]
impl<M, D, T> Handler<T> for Reactor<M, D>
where
    M: ProcessManager,
    D: Dispatch<M::Command>,
    T: ProjectionTx,
{
    fn name(&self) -> &'static str {
        M::State::NAME
    }

    fn fingerprint(&self, _partitions: u32) -> Fingerprint {
        // Other code goes on with what was decided before.
        Fingerprint::lasting()
    }

    fn is_rebuildable(&self) -> bool {
        false
    }

    fn grows_log(&self) -> bool {
        true
    }

    fn filter(&self) -> Filter {
        self.manager.filter()
    }

    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        let parts = event.view::<M::View>(&Json);
        let parts = parts
            .map(crate::event::Decoded::into_vec)
            .unwrap_or_default();
        let mut instances = self.instances_of(&parts, event);
        instances
            .next()
            .map_or(Cow::Borrowed(event.stream.as_str()), Cow::Owned)
    }

    async fn handle(
        &self,
        event: &RecordedEvent,
        place: Place,
        tx: &mut T,
    ) -> Result<(), HandlerError> {
        self.firing(None);
        let parts = event.view::<M::View>(&Json).map_err(failed)?.into_vec();
        self.check_instance(&parts, event)?;
        for (part, view) in (0..).zip(parts) {
            self.react(view, part, event, place, tx).await?;
        }
        Ok(())
    }

    fn timed_out(&self, longest: Duration) -> HandlerError {
        // It is whoever executes commands that keeps it waiting.
        let why = format!("a command was not executed for {longest:?}");
        HandlerError::Unavailable(self.named(why))
    }

    async fn next_due(
        &self,
        waits: Waits<'_>,
        tx: &mut T,
    ) -> Result<Option<Timestamp>, HandlerError> {
        Ok(timers::first(tx, waits).await?.map(|timer| timer.due()))
    }

    async fn freed(&self, key: &str, tx: &mut T) -> Result<(), HandlerError> {
        timers::release(tx, key).await
    }

    async fn take_up(
        &self,
        base: Position,
        after: Position,
        tx: &mut T,
    ) -> Result<Option<Position>, HandlerError> {
        taken_up::timers(&*self.instances.log, M::State::NAME, base, after, tx).await
    }

    async fn failing(
        &self,
        key: Option<&str>,
        limit: usize,
        tx: &mut T,
    ) -> Result<Vec<FailingTimer>, HandlerError> {
        timers::failing(tx, key, limit).await
    }

    async fn hasten(
        &self,
        key: Option<&str>,
        now: Timestamp,
        tx: &mut T,
    ) -> Result<bool, HandlerError> {
        timers::hasten(tx, key, now).await
    }

    async fn due(&self, due: Due, waits: Waits<'_>, tx: &mut T) -> Result<(), HandlerError> {
        let Some(timer) = timers::first(tx, waits).await? else {
            return Ok(());
        };
        if timer.due() > due.until {
            return Ok(());
        }
        let Timer { instance, name, .. } = &timer;
        self.firing(Some(format!("timer `{name}` of instance `{instance}`")));
        // A panic is this instance's failure: the others have timers, too.
        match guarded(&SystemClock, None, self.fire(&timer, due.handled, tx)).await {
            Ok(Err(HandlerError::Failed(error))) => self.put_off(timer, error, due.now, tx).await,
            Ok(Err(HandlerError::Unavailable(why))) => {
                Err(HandlerError::Unavailable(self.named(why)))
            }
            Ok(Ok(())) => Ok(()),
            Err(cut) => self.put_off(timer, cut.to_string(), due.now, tx).await,
        }
    }
}
