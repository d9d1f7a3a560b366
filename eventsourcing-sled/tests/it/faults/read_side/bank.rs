//! Accounts, desks that ask for transfers, and the process that moves the money.

use std::convert::Infallible;
use std::time::Duration;

use eventsourcing::{
    Aggregate, Apply, Command, Context, Correlation, Event, EventView, Events, Handle,
    ProcessContext, ProcessManager, Reaction, events,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Deposited {
    pub(super) cents: u64,
    pub(super) transfer: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Withdrawn {
    pub(super) cents: u64,
    pub(super) transfer: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Closed {}

/// Of a desk, which is an account without money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Requested {
    /// Counted up by its desk.
    pub(super) number: u64,
    pub(super) transfer: u64,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) cents: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
pub(super) enum AccountEvent {
    #[es(name = "account.deposited")]
    Deposited(Deposited),
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawn),
    #[es(name = "account.closed")]
    Closed(Closed),
    #[es(name = "account.requested")]
    Requested(Requested),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = u64, event = AccountEvent, error = String)]
pub(super) struct Account {
    cents: u64,
    closed: bool,
    pub(super) requests: u64,
}

impl Apply<Deposited> for Account {
    fn apply(&mut self, event: Deposited) {
        self.cents += event.cents;
    }
}
impl Apply<Withdrawn> for Account {
    fn apply(&mut self, event: Withdrawn) {
        self.cents -= event.cents;
    }
}
impl Apply<Closed> for Account {
    fn apply(&mut self, _: Closed) {
        self.closed = true;
    }
}
impl Apply<Requested> for Account {
    fn apply(&mut self, event: Requested) {
        self.requests = event.number;
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub(super) struct Withdraw {
    #[es(id)]
    pub(super) account: u64,
    pub(super) cents: u64,
    pub(super) transfer: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub(super) struct Deposit {
    #[es(id)]
    pub(super) account: u64,
    pub(super) cents: u64,
    pub(super) transfer: Option<u64>,
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub(super) struct Request {
    #[es(id)]
    pub(super) desk: u64,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) cents: u64,
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
pub(super) struct Close {
    #[es(id)]
    pub(super) account: u64,
}

impl Handle<Withdraw> for Account {
    fn handle(&self, command: Withdraw, _: &Context) -> Result<Events<AccountEvent>, String> {
        let Withdraw {
            cents, transfer, ..
        } = command;
        if self.cents < cents {
            return Err("insufficient funds".into());
        }
        Ok(events![Withdrawn { cents, transfer }])
    }
}

impl Handle<Deposit> for Account {
    fn handle(&self, command: Deposit, _: &Context) -> Result<Events<AccountEvent>, String> {
        let Deposit {
            cents, transfer, ..
        } = command;
        if self.closed {
            return Err("closed".into());
        }
        Ok(events![Deposited { cents, transfer }])
    }
}

impl Handle<Close> for Account {
    fn handle(&self, _: Close, _: &Context) -> Result<Events<AccountEvent>, String> {
        Ok(events![Closed {}])
    }
}

impl Handle<Request> for Account {
    fn handle(&self, command: Request, _: &Context) -> Result<Events<AccountEvent>, String> {
        let Request {
            desk,
            from,
            to,
            cents,
        } = command;
        let number = self.requests + 1;
        Ok(events![Requested {
            number,
            transfer: desk * 1_000_000 + number,
            from,
            to,
            cents,
        }])
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Command)]
#[es(aggregate = Account)]
pub(super) enum Task {
    Withdraw(Withdraw),
    Deposit(Deposit),
}

/// All that happens to accounts, as the read models and the process see it.
#[derive(Debug, EventView)]
#[es(of = AccountEvent)]
pub(super) enum Seen {
    Deposited(Deposited),
    Withdrawn(Withdrawn),
    Closed(Closed),
    Requested(Requested),
}

#[derive(Debug, Clone, PartialEq, Event)]
#[es(handler = TransferEvents)]
pub(super) enum TransferEvent {
    #[es(name = "transfer.began")]
    Began(Requested),
    #[es(name = "transfer.returning")]
    Returning,
    #[es(name = "transfer.ended")]
    Ended { how: String },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, Aggregate)]
#[es(name = "transfer", id = u64, event = TransferEvent, error = Infallible)]
pub(super) struct Transfer {
    request: Option<Requested>,
    returning: bool,
}

impl TransferEvents for Transfer {
    fn began(&mut self, event: Requested) {
        self.request = Some(event);
    }
    fn returning(&mut self) {
        self.returning = true;
    }
    fn ended(&mut self, _how: String) {}
}

impl Transfer {
    fn request(&self) -> Result<&Requested, String> {
        self.request
            .as_ref()
            .ok_or_else(|| "a transfer has a request".into())
    }
}

/// Withdraws, deposits - odd sums a moment later, by a timer - and gives the money back if the deposit is refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transfers;

/// How long odd sums are on their way.
const WAY: Duration = Duration::from_millis(15);

fn deposit(account: u64, request: &Requested) -> Task {
    Task::Deposit(Deposit {
        account,
        cents: request.cents,
        transfer: Some(request.transfer),
    })
}

impl ProcessManager for Transfers {
    type State = Transfer;
    type View = Seen;
    type Command = Task;
    type Error = String;

    fn correlate(&self, event: &Seen, _: &ProcessContext<'_>) -> Correlation<u64> {
        match event {
            Seen::Requested(event) => Correlation::Start(event.transfer),
            Seen::Withdrawn(event) => Correlation::Require(event.transfer),
            Seen::Deposited(Deposited { transfer, .. }) => {
                transfer.map_or(Correlation::Ignore, Correlation::Require)
            }
            Seen::Closed(_) => Correlation::Ignore,
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
            Seen::Requested(event) => reaction
                .command(Task::Withdraw(Withdraw {
                    account: event.from,
                    cents: event.cents,
                    transfer: event.transfer,
                }))
                .event(event),
            Seen::Withdrawn(event) if event.cents % 2 == 1 => {
                reaction.timer("arrives", cx.now() + WAY)
            }
            Seen::Withdrawn(_) => {
                let request = state.request()?;
                reaction.command(deposit(request.to, request))
            }
            Seen::Deposited(_) => {
                let how = if state.returning { "returned" } else { "done" };
                let how = how.into();
                reaction.event(TransferEvent::Ended { how }).finish()
            }
            Seen::Closed(_) => reaction,
        })
    }

    fn on_timer(
        &self,
        state: &Transfer,
        _: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, String> {
        let request = state.request()?;
        Ok(Reaction::none().command(deposit(request.to, request)))
    }

    fn on_refused(
        &self,
        state: &Transfer,
        command: &Task,
        reason: &str,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, String> {
        let reaction = Reaction::none();
        Ok(match command {
            Task::Withdraw(_) => {
                let how = reason.into();
                reaction.event(TransferEvent::Ended { how }).finish()
            }
            Task::Deposit(_) => {
                let request = state.request()?;
                reaction
                    .event(TransferEvent::Returning)
                    .command(deposit(request.from, request))
            }
        })
    }
}
