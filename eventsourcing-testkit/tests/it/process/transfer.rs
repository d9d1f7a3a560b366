//! Accounts, and a transfer between two of them as a process.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    Aggregate, AggregateId, Apply, Clock, Command, Commit, Context, Correlation, Dispatch,
    DispatchError, Event, EventSourced, EventStore, EventView, Events, ExecuteOptions,
    ExpectedVersion, Handle, Json, NewEvent, ProcessContext, ProcessManager, ProjectionRunner,
    ProjectionStore, Reaction, Repository, StreamId, events,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, AggregateId)]
pub(crate) struct Id(String);

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Requested {
    pub(crate) transfer: Id,
    pub(crate) from: Id,
    pub(crate) to: Id,
    pub(crate) cents: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) cents: u64,
    pub(crate) transfer: Option<Id>,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(crate) enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
    #[es(name = "account.closed")]
    Closed(Closed),
    #[es(name = "account.transfer-requested")]
    Requested(Requested),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deposited(pub(crate) Moved);
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Withdrawn(pub(crate) Moved);
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Closed {}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = Id, event = AccountEvent, error = String)]
pub(crate) struct Account {
    pub(crate) cents: u64,
    pub(crate) closed: bool,
    pub(crate) moves: u64,
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.cents += event.0.cents;
        self.moves += 1;
    }
}
impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: Withdrawn) {
        self.cents -= event.0.cents;
        self.moves += 1;
    }
}
impl Apply<Closed> for Account {
    fn apply(&mut self, _: Closed) {
        self.closed = true;
    }
}
impl Apply<Requested> for Account {
    fn apply(&mut self, _: Requested) {}
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub(crate) struct Withdraw {
    #[es(id)]
    pub(crate) account: Id,
    pub(crate) cents: u64,
    pub(crate) transfer: Option<Id>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub(crate) struct Deposit {
    #[es(id)]
    pub(crate) account: Id,
    pub(crate) cents: u64,
    pub(crate) transfer: Option<Id>,
}

impl Handle<Withdraw> for Account {
    fn handle(&self, command: Withdraw, _: &Context) -> Result<Events<AccountEvent>, String> {
        if self.cents < command.cents {
            return Err("insufficient funds".into());
        }
        let Withdraw {
            cents, transfer, ..
        } = command;
        Ok(events![Withdrawn(Moved { cents, transfer })])
    }
}

impl Handle<Deposit> for Account {
    fn handle(&self, command: Deposit, _: &Context) -> Result<Events<AccountEvent>, String> {
        if self.closed {
            return Err("the account is closed".into());
        }
        let Deposit {
            cents, transfer, ..
        } = command;
        Ok(events![Deposited(Moved { cents, transfer })])
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub(crate) enum Task {
    Withdraw(Withdraw),
    Deposit(Deposit),
}

#[derive(Debug, EventView)]
#[es(of = AccountEvent)]
pub(crate) enum Seen {
    Requested(Requested),
    Withdrawn(Withdrawn),
    Deposited(Deposited),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = TransferEvents)]
pub(crate) enum TransferEvent {
    #[es(name = "transfer.began")]
    Began(Requested),
    #[es(name = "transfer.paid")]
    Paid,
    #[es(name = "transfer.returning")]
    Returning { reason: String },
    #[es(name = "transfer.ended")]
    Ended { how: String },
    #[es(name = "transfer.late")]
    Late,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Aggregate)]
#[es(name = "transfer", id = Id, event = TransferEvent, error = Infallible)]
pub(crate) struct Transfer {
    pub(crate) request: Option<(Id, Id, u64)>,
    pub(crate) returning: bool,
    pub(crate) ended: Option<String>,
    pub(crate) late: u32,
}

impl TransferEvents for Transfer {
    fn began(&mut self, event: Requested) {
        self.request = Some((event.from, event.to, event.cents));
    }
    fn paid(&mut self) {}
    fn returning(&mut self, _reason: String) {
        self.returning = true;
    }
    fn ended(&mut self, how: String) {
        self.ended = Some(how);
    }
    fn late(&mut self) {
        self.late += 1;
    }
}

/// Withdraws, deposits, and gives the money back if the deposit is refused.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Transfers;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl ProcessManager for Transfers {
    type State = Transfer;
    type View = Seen;
    type Command = Task;
    type Error = String;

    fn correlate(&self, event: &Seen, _: &ProcessContext<'_>) -> Correlation<Id> {
        match event {
            Seen::Requested(event) => {
                assert_ne!(event.cents, 667, "nobody knows whose this is");
                Correlation::Start(event.transfer.clone())
            }
            Seen::Withdrawn(Withdrawn(event)) | Seen::Deposited(Deposited(event)) => {
                match &event.transfer {
                    Some(transfer) => Correlation::Continue(transfer.clone()),
                    None => Correlation::Ignore,
                }
            }
        }
    }

    fn react(
        &self,
        state: &Transfer,
        event: Seen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, String> {
        let reaction = Reaction::none();
        Ok(match event {
            Seen::Requested(event) if event.cents == 666 => {
                return Err(format!("transfer {} is poison", event.transfer));
            }
            Seen::Requested(event) => reaction
                .command(Task::Withdraw(Withdraw {
                    account: event.from.clone(),
                    cents: event.cents,
                    transfer: Some(event.transfer.clone()),
                }))
                .timer("late", cx.now() + DAY)
                .event(event),
            Seen::Withdrawn(Withdrawn(event)) => {
                let (_, to, cents) = state.request.clone().ok_or("a transfer has a request")?;
                reaction
                    .event(TransferEvent::Paid)
                    .command(Task::Deposit(Deposit {
                        account: to,
                        cents,
                        transfer: event.transfer,
                    }))
            }
            Seen::Deposited(_) => {
                let how = if state.returning { "returned" } else { "done" };
                let how = how.into();
                reaction.event(TransferEvent::Ended { how }).finish()
            }
        })
    }

    fn on_timer(
        &self,
        _: &Transfer,
        timer: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, String> {
        assert_eq!(timer, "late");
        Ok(Reaction::none().event(TransferEvent::Late))
    }

    fn on_refused(
        &self,
        state: &Transfer,
        command: &Task,
        reason: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, String> {
        Ok(match command {
            Task::Withdraw(_) => {
                let how = reason.into();
                Reaction::none()
                    .event(TransferEvent::Ended { how })
                    .finish()
            }
            Task::Deposit(deposit) => {
                let (from, _, cents) = state.request.clone().ok_or("a transfer has a request")?;
                let transfer = deposit.transfer.clone();
                let reason = reason.into();
                Reaction::none()
                    .event(TransferEvent::Returning { reason })
                    .command(Task::Deposit(Deposit {
                        account: from,
                        cents,
                        transfer,
                    }))
            }
        })
    }
}

/// A bank over any store.
pub(crate) struct Bank<S> {
    pub(crate) log: S,
    pub(crate) accounts: EventSourced<Account, S>,
    pub(crate) transfers: EventSourced<Transfer, S>,
}

impl<S: EventStore + Clone> Bank<S> {
    pub(crate) fn new(log: S) -> Self {
        Self {
            accounts: EventSourced::new(log.clone()),
            transfers: EventSourced::new(log.clone()),
            log,
        }
    }

    pub(crate) fn runner<P: ProjectionStore>(
        &self,
        rows: P,
        clock: Arc<dyn Clock>,
    ) -> ProjectionRunner<P> {
        ProjectionRunner::new(self.log.clone(), rows)
            .clock(clock)
            .add_process(Transfers, self.accounts.clone())
    }

    async fn append(&self, account: &str, event: AccountEvent) {
        let stream = StreamId::new("account", account).expect("an id");
        let event = NewEvent::encode(&event, &Json).expect("json");
        let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
        self.log.append(commit).await.expect("an append");
    }

    pub(crate) async fn open(&self, account: &str, cents: u64) {
        let transfer = None;
        let event = Deposited(Moved { cents, transfer });
        self.append(account, event.into()).await;
    }

    pub(crate) async fn close(&self, account: &str) {
        self.append(account, Closed {}.into()).await;
    }

    pub(crate) async fn request(&self, transfer: &str, from: &str, to: &str, cents: u64) {
        let requested = Requested {
            transfer: transfer.into(),
            from: from.into(),
            to: to.into(),
            cents,
        };
        self.append("desk", requested.into()).await;
    }

    pub(crate) async fn account(&self, account: &str) -> Account {
        let root = self.accounts.load(&account.into()).await;
        root.expect("an account").into_state()
    }

    pub(crate) async fn cents(&self, account: &str) -> u64 {
        self.account(account).await.cents
    }

    pub(crate) async fn transfer(&self, transfer: &str) -> Transfer {
        let root = self.transfers.load(&transfer.into()).await;
        root.expect("a transfer").into_state()
    }

    pub(crate) async fn ended(&self, transfer: &str) -> Option<String> {
        self.transfer(transfer).await.ended
    }
}

/// Somebody who executes commands for as long as they let him.
pub(crate) struct Broken(pub(crate) fn() -> DispatchError);

impl Dispatch<Task> for Broken {
    async fn dispatch(&self, _: Task, _: ExecuteOptions) -> Result<(), DispatchError> {
        Err((self.0)())
    }
}
