//! [`ProcessManager`]: the user's code.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::ProcessContext;
use super::reaction::Reaction;
use crate::aggregate::Aggregate;
use crate::event::EventView;
use crate::store::Filter;

/// Which instance an event concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correlation<I> {
    /// None.
    Ignore,
    /// It starts this instance, also if nothing follows from it yet. One that has been started already is an error, and the event is
    /// parked, also if the instance has finished: an id is used once. What happens again and again has a number in its id, or an
    /// instance that is started by what comes first and never finishes.
    Start(I),
    /// It concerns this instance if that is running; one that was never started, or has finished, lets it pass.
    Continue(I),
    /// As [`Correlation::Continue`], but an instance that is not running is an error, and the event is parked.
    Require(I),
}

impl<I> Correlation<I> {
    /// The instance.
    pub fn instance(&self) -> Option<&I> {
        match self {
            Self::Ignore => None,
            Self::Start(id) | Self::Continue(id) | Self::Require(id) => Some(id),
        }
    }
}

/// Reacts to events across aggregates: a transfer that withdraws, deposits, and gives the money back if the deposit is
/// refused.
///
/// Each instance is an [`Aggregate`] of its own, [`ProcessManager::State`], whose events say what has been decided; its
/// name is the process manager's name. Reactions are pure: what they lead to - own events, commands, timers - is one
/// commit, made once per source event, and then done. A crash in between repeats what was recorded, so no command takes
/// effect twice and none is forgotten.
///
/// An instance that cannot react is parked alone, with its later events behind it, as in a
/// [`Projection`](crate::Projection). There is no rebuilding: what a process has set in motion cannot be taken back. Other code
/// goes on where the code before was: another [filter](Self::filter), view or [correlation](Self::correlate) is about what
/// comes from then on, and events of before that it would have wanted are left out.
/// [`Projections::begin_anew`](crate::Projections::begin_anew) shows them to it; an instance that has reacted to later ones leaves
/// them out all the same.
///
/// The guide `docs/processes.md` in the repository leads through one, from the first line to its operation.
///
/// Decisions are kept in the stream `es.process-<name>-<instance>`, beside the instance's own, `<name>-<instance>`; where that
/// would be too long, in `es.process-<name>.<digest>`. An instance's id may be as long as its own stream's name allows, see
/// [`StreamId::MAX_BYTES`](crate::StreamId::MAX_BYTES).
///
/// ```
/// # use std::convert::Infallible;
/// # use eventsourcing::{
/// #     Aggregate, Apply, Command, Context, Correlation, Event, EventSourced, Events, Handle, MemoryStore, ProcessContext,
/// #     ProcessManager, ProjectionRunner, Reaction, ReadModels, Repository, RepositoryExt, events,
/// # };
/// # use serde::{Deserialize, Serialize};
/// #[derive(Debug, Clone, PartialEq, Event)]
/// enum AccountEvent {                                    // payloads and the account itself are not shown
///     #[es(name = "account.transfer-requested")]
///     Requested(Requested),                              // from, to, cents, transfer
///     #[es(name = "account.withdrawn")]
///     Withdrawn(Withdrawn),                              // cents, transfer
///     #[es(name = "account.deposited")]
///     Deposited(Deposited),                              // cents, transfer
///     #[es(name = "account.closed")]
///     Closed(Closed),
/// }
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # struct Requested { transfer: u64, from: u64, to: u64, cents: u64 }
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # struct Withdrawn { cents: u64, transfer: Option<u64> }
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # struct Deposited { cents: u64, transfer: Option<u64> }
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # struct Closed {}
/// # #[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
/// # #[es(name = "account", id = u64, event = AccountEvent, error = String)]
/// # struct Account { cents: u64, closed: bool }
/// # impl Apply<Requested> for Account { fn apply(&mut self, _: Requested) {} }
/// # impl Apply<Withdrawn> for Account { fn apply(&mut self, e: Withdrawn) { self.cents -= e.cents } }
/// # impl Apply<Deposited> for Account { fn apply(&mut self, e: Deposited) { self.cents += e.cents } }
/// # impl Apply<Closed> for Account { fn apply(&mut self, _: Closed) { self.closed = true } }
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # #[es(aggregate = Account)]
/// # struct Withdraw { #[es(id)] account: u64, cents: u64, transfer: Option<u64> }
/// # impl Handle<Withdraw> for Account {
/// #     fn handle(&self, c: Withdraw, _: &Context) -> Result<Events<AccountEvent>, String> {
/// #         if c.cents > self.cents { return Err("insufficient funds".into()) }
/// #         Ok(events![Withdrawn { cents: c.cents, transfer: c.transfer }])
/// #     }
/// # }
/// # #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// # #[es(aggregate = Account)]
/// # struct Deposit { #[es(id)] account: u64, cents: u64, transfer: Option<u64> }
/// # impl Handle<Deposit> for Account {
/// #     fn handle(&self, c: Deposit, _: &Context) -> Result<Events<AccountEvent>, String> {
/// #         if self.closed { return Err("the account is closed".into()) }
/// #         Ok(events![Deposited { cents: c.cents, transfer: c.transfer }])
/// #     }
/// # }
///
/// #[derive(Debug, Clone, PartialEq, Event)]
/// enum TransferEvent {                                   // what an instance remembers
///     #[es(name = "transfer.began")]
///     Began(Requested),
///     #[es(name = "transfer.refunding")]
///     Refunding(Refunding),
/// }
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// # struct Refunding { reason: String }
///
/// #[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
/// #[es(name = "transfer", id = u64, event = TransferEvent, error = Infallible)]
/// struct Transfer { from: u64, to: u64, refunded: Option<String> }
///
/// impl Apply<Began> for Transfer { fn apply(&mut self, e: Began) { (self.from, self.to) = (e.from, e.to) } }
/// impl Apply<Refunding> for Transfer { fn apply(&mut self, e: Refunding) { self.refunded = Some(e.reason) } }
/// # type Began = Requested;
///
/// #[derive(Debug, Clone, Serialize, Deserialize, Command)]
/// #[es(aggregate = Account)]
/// enum Booking { Withdraw(Withdraw), Deposit(Deposit) }
///
/// /// Withdraws, then deposits; gives the money back if the deposit is refused.
/// struct Transfers;
///
/// impl ProcessManager for Transfers {
///     type State = Transfer;
///     type View = AccountEvent;
///     type Command = Booking;
///     type Error = Infallible;
///
///     fn correlate(&self, event: &AccountEvent, _: &ProcessContext<'_>) -> Correlation<u64> {
///         match event {
///             AccountEvent::Requested(request) => Correlation::Start(request.transfer),
///             AccountEvent::Withdrawn(Withdrawn { transfer: Some(transfer), .. })
///             | AccountEvent::Deposited(Deposited { transfer: Some(transfer), .. }) => Correlation::Continue(*transfer),
///             _ => Correlation::Ignore,
///         }
///     }
///
///     fn react(&self, transfer: &Transfer, event: AccountEvent, _: &ProcessContext<'_>) -> Result<Reaction<Self>, Infallible> {
///         Ok(match event {
///             AccountEvent::Requested(request) => {
///                 let Requested { transfer, from, cents, .. } = request;
///                 let withdraw = Withdraw { account: from, cents, transfer: Some(transfer) };
///                 Reaction::none().event(request).command(Booking::Withdraw(withdraw))
///             }
///             AccountEvent::Withdrawn(Withdrawn { cents, transfer: id }) => {
///                 let deposit = Deposit { account: transfer.to, cents, transfer: id };
///                 Reaction::none().command(Booking::Deposit(deposit))
///             }
///             AccountEvent::Deposited(_) => Reaction::none().finish(),
///             AccountEvent::Closed(_) => Reaction::none(),
///         })
///     }
///
///     fn on_refused(&self, transfer: &Transfer, command: &Booking, reason: &str, _: &ProcessContext<'_>) -> Result<Reaction<Self>, Infallible> {
///         Ok(match command {
///             Booking::Withdraw(_) => Reaction::none().finish(), // nothing was moved
///             Booking::Deposit(refused) => {
///                 let refund = Deposit { account: transfer.from, ..refused.clone() };
///                 let refunding = Refunding { reason: reason.into() };
///                 Reaction::none().event(refunding).command(Booking::Deposit(refund))
///             }
///         })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryStore::new();
/// let accounts = EventSourced::<Account, _>::new(log.clone());
/// # let open = async |account: u64, events: Vec<AccountEvent>| -> Result<(), eventsourcing::SaveError> {
/// #     let mut root = accounts.load(&account).await.expect("loaded");
/// #     for event in events { root.record(event); }
/// #     accounts.save(&mut root).await.map(drop)
/// # };
/// # open(1, vec![Deposited { cents: 500, transfer: None }.into()]).await?;
/// # open(3, vec![Closed {}.into()]).await?;
/// # // Account 1 has 500 and wants to send 200 to account 2, and 50 to account 3, which is closed.
/// # open(1, vec![
/// #     Requested { transfer: 100, from: 1, to: 2, cents: 200 }.into(),
/// #     Requested { transfer: 101, from: 1, to: 3, cents: 50 }.into(),
/// # ]).await?;
/// // Account 1 has 500. It has asked for transfers of 200 to account 2, and of 50 to account 3, which is closed.
/// let processes = ProjectionRunner::new(log.clone(), ReadModels::in_memory())
///     .add_process(Transfers, accounts.clone())
///     .idle()?;                                          // `start` runs them as the log grows
/// processes.catch_up().await?;
///
/// assert_eq!(accounts.load(&1).await?.state().cents, 300);
/// assert_eq!(accounts.load(&2).await?.state().cents, 200);
/// let transfer = EventSourced::<Transfer, _>::new(log).load(&101).await?;
/// assert_eq!(transfer.state().refunded.as_deref(), Some("the account is closed"));
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process manager",
    label = "missing `impl eventsourcing::ProcessManager`"
)]
pub trait ProcessManager: Sized + Send + Sync + 'static {
    /// The state of an instance, folded from its own events.
    type State: Aggregate;
    /// The events it reacts to.
    type View: for<'de> EventView<'de> + Send;
    /// What it asks for: usually an enum of commands. Recorded as JSON before it is done, so a variant stays readable as
    /// long as there are instances that may have asked for it.
    type Command: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Why it cannot react. Its text is kept with the parked event.
    type Error: fmt::Display + Send;

    /// Which events of the log it is shown; those of its view unless it says otherwise.
    fn filter(&self) -> Filter {
        Filter::all().view::<Self::View>()
    }

    /// Which instance an event concerns. The same for the same event, always; where a new program says otherwise, that holds for
    /// what comes, and for events that are parked. All that one stored event is read as (`split`) must belong to one instance, or
    /// be ignored; otherwise the event is parked, since it could wait behind one instance only.
    fn correlate(
        &self,
        event: &Self::View,
        cx: &ProcessContext<'_>,
    ) -> Correlation<<Self::State as Aggregate>::Id>;

    /// What an event leads to.
    ///
    /// # Errors
    /// Whatever keeps the instance from reacting; it is parked.
    fn react(
        &self,
        state: &Self::State,
        event: Self::View,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error>;

    /// What follows when a timer that was set is due. Who sets timers has to say: unless it does, the timer fails, see
    /// [`Reaction::unknown_timer`].
    ///
    /// # Errors
    /// Whatever keeps the instance from reacting; the timer is tried again later.
    fn on_timer(
        &self,
        _state: &Self::State,
        _timer: &str,
        _cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error> {
        Ok(Reaction::unknown_timer())
    }

    /// What follows when a command was refused by the domain: the place to compensate. Nothing, unless it says otherwise.
    ///
    /// `reason` is the text of the refusal.
    ///
    /// # Errors
    /// Whatever keeps the instance from reacting; it is parked.
    fn on_refused(
        &self,
        _state: &Self::State,
        _command: &Self::Command,
        _reason: &str,
        _cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Self::Error> {
        Ok(Reaction::none())
    }
}
