//! [`GivenProcess`]: what an instance of a process manager has decided so far, and what happens to it.

use std::fmt::{self, Debug};

use bytes::Bytes;
use eventsourcing::{
    Aggregate, Decoded, FormatId, Json, Metadata, NewEvent, ProcessContext, ProcessManager,
    Reaction, RecordedEvent, StreamId, TimerChange, Timestamp, Version, stream_id,
};

use super::super::history::{
    History, encode, read, recorded, stored, stream_named, survives, unwrapped,
};
use super::EventOf;
use super::life::{Life, Unwanted};
use super::then::Reacted;
use super::timers::Timers;
use super::twice::{read_back, twice};

/// Starts a scenario on an instance of a process manager that has not been started.
///
/// ```
/// use std::time::Duration;
/// use eventsourcing::{Correlation, ProcessContext, ProcessManager, Reaction, TimerChange};
/// use eventsourcing_testkit::{ManualClock, given_process};
/// # use eventsourcing::{Aggregate, Apply, Event};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # pub struct Placed { pub cents: u64 }
/// # #[derive(Debug, Clone, PartialEq, Event)]
/// # pub enum OrderEvent {
/// #     #[es(name = "order.placed")]
/// #     Placed(Placed),
/// # }
/// # #[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
/// # #[es(name = "order", id = u64, event = OrderEvent, error = std::convert::Infallible)]
/// # pub struct Order {}
/// # impl Apply<Placed> for Order { fn apply(&mut self, _: Placed) {} }
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # pub struct Began {}
/// # #[derive(Debug, Clone, PartialEq, Event)]
/// # pub enum PaymentEvent {
/// #     #[es(name = "payment.began")]
/// #     Began(Began),
/// # }
/// # #[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
/// # #[es(name = "payment", id = String, event = PaymentEvent, error = std::convert::Infallible)]
/// # pub struct Payment {}
/// # impl Apply<Began> for Payment { fn apply(&mut self, _: Began) {} }
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum Task { Charge { cents: u64 }, Remind }
///
/// struct Payments;
///
/// impl ProcessManager for Payments {
///     type State = Payment;
///     type View = OrderEvent;
///     type Command = Task;
///     type Error = String;
///
///     fn correlate(&self, _: &OrderEvent, cx: &ProcessContext<'_>) -> Correlation<String> {
///         cx.event().map_or(Correlation::Ignore, |event| Correlation::Start(event.stream.id().to_owned()))
///     }
///
///     fn react(&self, _: &Payment, event: OrderEvent, cx: &ProcessContext<'_>) -> Result<Reaction<Self>, String> {
///         let OrderEvent::Placed(order) = event;
///         Ok(Reaction::none()
///             .event(Began {})
///             .command(Task::Charge { cents: order.cents })
///             .timer("unpaid", cx.now() + Duration::from_secs(60)))
///     }
///
///     fn on_timer(&self, _: &Payment, _: &str, _: &ProcessContext<'_>) -> Result<Reaction<Self>, String> {
///         Ok(Reaction::none().command(Task::Remind))
///     }
/// }
///
/// let due = ManualClock::START + Duration::from_secs(60);
/// given_process(Payments)
///     .when_event::<Order>(&7, Placed { cents: 500 })
///     .then_commands([Task::Charge { cents: 500 }])
///     .then_timers([TimerChange::Set { name: "unpaid".into(), at: due }])
///     .and_then()
///     .at(due)
///     .when_timer("unpaid")
///     .then_commands([Task::Remind]);
///
/// given_process(Payments)
///     .event(Began {})
///     .when_event::<Order>(&7, Placed { cents: 500 })
///     .then_error(|error| error.contains("has been started"));
/// ```
///
/// # Panics
/// If the name of its state cannot name streams.
#[track_caller]
pub fn given_process<M: ProcessManager>(manager: M) -> GivenProcess<M> {
    GivenProcess {
        manager,
        history: History::new(Json),
        life: Life::New,
        timers: Timers::default(),
        instance: String::new(),
    }
}

/// What an instance of a process manager has decided so far. Then something happens: an event of the log, a timer that is
/// due, a command that is refused.
///
/// The process manager is asked twice and must answer the same, and what it answers must survive being recorded as JSON.
#[must_use = "a scenario checks nothing until something happens and `then_`"]
pub struct GivenProcess<M: ProcessManager> {
    pub(super) manager: M,
    pub(super) history: History<M::State, Json>,
    pub(super) life: Life,
    pub(super) timers: Timers,
    /// Its id's text, if that is known.
    instance: String,
}

impl<M: ProcessManager> GivenProcess<M> {
    /// Sets the time: of the events that follow, and of what happens.
    pub fn at(mut self, now: Timestamp) -> Self {
        self.history.now = now;
        self
    }

    /// Sets the instance's id, as [`ProcessContext::instance`] tells it; otherwise that is told once an event was correlated.
    pub fn id(mut self, id: &<M::State as Aggregate>::Id) -> Self {
        self.instance = id.to_string();
        self
    }

    /// Sets what travels with the event that happens.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.history.metadata = metadata;
        self
    }

    /// The instance has recorded this event of its own, so it has been started. It is written and read back, so it also
    /// shows that it survives JSON.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn event(mut self, event: impl Into<EventOf<M>>) -> Self
    where
        EventOf<M>: PartialEq + Debug,
    {
        self.history.typed(&event.into());
        self.started()
    }

    /// The instance has been started, also if it has recorded no event of its own.
    pub fn started(mut self) -> Self {
        self.life = Life::Running;
        self
    }

    /// The instance has set a timer, so it has been started. Timers that it sets in the scenario need not be given.
    pub fn timer(mut self, name: &str, at: Timestamp) -> Self {
        let name = name.to_owned();
        self.timers.apply(&TimerChange::Set { name, at });
        self.started()
    }

    /// The instance has come to its end; its timers have stopped.
    pub fn finished(mut self) -> Self {
        self.life = Life::Finished;
        self.timers.stop();
        self
    }

    /// An event of this aggregate happens.
    ///
    /// # Panics
    /// If the process manager's filter does not let it through, if it does not survive JSON, or if the reaction is another
    /// one when it is asked for again.
    #[track_caller]
    #[must_use = "a scenario checks nothing until `then_`"]
    pub fn when_event<A: Aggregate>(self, id: &A::Id, event: impl Into<A::Event>) -> Reacted<M>
    where
        A::Event: PartialEq + Debug,
    {
        let (event, stream) = (event.into(), unwrapped(stream_id::<A>(id)));
        let recorded = self.recorded(&stream, encode(&event, &Json));
        let read = read(&recorded, &Json).into_vec();
        survives(&event, &read, &recorded.payload);
        self.happens(&recorded)
    }

    /// An event happens that is stored in these bytes, perhaps long ago under a former name or version.
    ///
    /// # Panics
    /// As [`GivenProcess::when_event`]; also if the stream has no such name as `account-7`.
    #[track_caller]
    #[must_use = "a scenario checks nothing until `then_`"]
    pub fn when_stored(
        self,
        stream: &str,
        name: &str,
        version: u16,
        format: FormatId,
        payload: impl AsRef<[u8]>,
    ) -> Reacted<M> {
        let payload = Bytes::copy_from_slice(payload.as_ref());
        let event = stored(name, version, format, payload);
        let recorded = self.recorded(&stream_named(stream), event);
        self.happens(&recorded)
    }

    /// A timer that the instance has set, here or by [`GivenProcess::timer`], is due by the scenario's time. As in a program,
    /// the process's time is the one that the timer was set to; and nothing happens to an instance that has finished.
    ///
    /// # Panics
    /// If there is no such timer, or it is due later; if the reaction is another one when it is asked for again.
    #[track_caller]
    #[must_use = "a scenario checks nothing until `then_`"]
    pub fn when_timer(mut self, timer: &str) -> Reacted<M> {
        if self.life == Life::Finished {
            return Reacted::of(
                self,
                "the instance has finished, so its timers have stopped",
            );
        }
        let due = self.timers.fire(timer, self.history.now);
        let context = ProcessContext::of_timer(due).with_instance(&self.instance);
        let state = &self.history.state;
        let mut reaction = twice(|| self.manager.on_timer(state, timer, &context));
        if reaction.as_ref().is_ok_and(Reaction::is_unknown_timer) {
            reaction = Err(format!("it has no `on_timer` for timer `{timer}`"));
        }
        let mut reacted = Reacted::of(self, "");
        reacted.add(reaction);
        reacted
    }

    /// The domain refuses a command that the instance has asked for, with this text. There is no event in the context.
    ///
    /// # Panics
    /// If the reaction is another one when it is asked for again, or the command does not survive JSON.
    #[track_caller]
    #[must_use = "a scenario checks nothing until `then_`"]
    pub fn when_refused(self, command: impl Into<M::Command>, reason: &str) -> Reacted<M> {
        let context = ProcessContext::of_timer(self.history.now).with_instance(&self.instance);
        let (state, command) = (&self.history.state, read_back(&command.into()));
        let reaction = twice(|| self.manager.on_refused(state, &command, reason, &context));
        let mut reacted = Reacted::of(self, "");
        reacted.add(reaction);
        reacted
    }

    fn recorded(&self, stream: &StreamId, event: NewEvent) -> RecordedEvent {
        let (now, metadata) = (self.history.now, &self.history.metadata);
        recorded(event, (stream, Version::new(1)), now, metadata)
    }

    #[track_caller]
    fn happens(self, event: &RecordedEvent) -> Reacted<M> {
        assert!(
            self.manager.filter().matches(event),
            "the process manager's filter does not let event `{}` of stream `{}` through",
            event.event_type,
            event.stream
        );
        let read = || event.view::<M::View>(&Json).map(Decoded::into_vec);
        let parts = unwrapped(read()).len();
        let views = || read().expect("it was read before");
        let context = ProcessContext::of_event(event);
        let mut reacted = Reacted::of(self, "the event concerns no instance");
        // The parts of a split event, if it is one, come one after the other.
        for part in 0..parts {
            let view = || views().swap_remove(part);
            let given = &reacted.given;
            let correlation = given.manager.correlate(&view(), &context);
            let instance = correlation.instance().map(ToString::to_string);
            let instance = instance.unwrap_or_default();
            let reaction = match given.life.admits(&correlation) {
                Ok(()) => {
                    let state = &given.history.state;
                    let context = context.with_instance(&instance);
                    twice(|| given.manager.react(state, view(), &context))
                }
                Err(Unwanted::Passes(why)) => {
                    reacted.note = why;
                    continue;
                }
                Err(Unwanted::Fails(error)) => Err(error),
            };
            reacted.given.instance = instance;
            reacted.add(reaction);
        }
        reacted
    }
}

impl<M: ProcessManager<State: Debug>> Debug for GivenProcess<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenProcess")
            .field("state", &self.history.state)
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}
