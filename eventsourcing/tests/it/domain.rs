//! Bank accounts, without derives: every kind of stored type, and a second aggregate.

use eventsourcing::{
    Aggregate, Command, CommitId, Context, DecodeError, DecodeErrorKind, Decoded, Event, EventType,
    Events, Fate, Format, FormatError, FormatId, NewEvent, Skipped, Slot, StoredType, UpcastCx,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AccountEvent {
    Opened(Opened),
    Deposited(Deposited),
    Withdrawn(Withdrawn),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) owner: String,
    pub(crate) currency: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Deposited {
    pub(crate) cents: u64,
    /// Lost when stored: shows whether a state comes from stored events.
    #[serde(skip)]
    pub(crate) memo: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Withdrawn {
    pub(crate) cents: u64,
}

#[derive(Deserialize)]
struct OpenedV1 {
    owner: String,
}

/// Today a withdrawal and a deposit.
#[derive(Deserialize)]
struct Corrected {
    withdrawn: u64,
    deposited: u64,
}

impl Event for AccountEvent {
    const TYPES: &'static [EventType] = &[
        EventType::new("account.opened", 2, &[]),
        EventType::new("account.deposited", 1, &[]),
        EventType::new("account.withdrawn", 1, &[]),
    ];
    const STORED: &'static [StoredType] = &[
        StoredType::new("account.opened", 1, Fate::Upcast(0)),
        StoredType::new("account.opened", 2, Fate::Current(0)),
        StoredType::new("account.deposited", 1, Fate::Current(1)),
        StoredType::new("account.withdrawn", 1, Fate::Current(2)),
        StoredType::new("account.corrected", 1, Fate::Split(&[2, 1])),
        StoredType::new("account.noted", 1, Fate::Retired("nobody reads notes")),
    ];

    fn type_index(&self) -> usize {
        match self {
            Self::Opened(_) => 0,
            Self::Deposited(_) => 1,
            Self::Withdrawn(_) => 2,
        }
    }

    fn slot(name: &str, version: u16) -> Option<Slot> {
        let wanted = |stored: &StoredType| stored.name == name && stored.version == version;
        let index = Self::STORED.iter().position(wanted)?;
        u16::try_from(index).ok().map(Slot::new)
    }

    fn encode<F: Format>(&self, format: &F, out: &mut Vec<u8>) -> Result<(), FormatError> {
        match self {
            Self::Opened(event) => format.encode(event, out),
            Self::Deposited(event) => format.encode(event, out),
            Self::Withdrawn(event) => format.encode(event, out),
        }
    }

    fn decode<F: Format>(
        slot: Slot,
        format: &F,
        cx: &UpcastCx<'_>,
    ) -> Result<Decoded<Self>, DecodeError> {
        fn read<T: for<'de> Deserialize<'de>>(
            format: &impl Format,
            cx: &UpcastCx<'_>,
        ) -> Result<T, DecodeError> {
            let event = cx.recorded();
            format
                .decode(event.format, &event.payload)
                .map_err(|error| DecodeError::new(event, DecodeErrorKind::Payload(error)))
        }
        Ok(match slot.index() {
            0 => {
                let OpenedV1 { owner } = read(format, cx)?;
                if owner.is_empty() {
                    let kind = DecodeErrorKind::Upcast {
                        from: 1,
                        to: 2,
                        source: "an account has an owner".into(),
                    };
                    return Err(DecodeError::new(cx.recorded(), kind));
                }
                let currency = "EUR".into();
                Decoded::One(Self::Opened(Opened { owner, currency }))
            }
            1 => Decoded::One(Self::Opened(read(format, cx)?)),
            2 => Decoded::One(Self::Deposited(read(format, cx)?)),
            3 => Decoded::One(Self::Withdrawn(read(format, cx)?)),
            4 => {
                let Corrected {
                    withdrawn,
                    deposited,
                } = read(format, cx)?;
                Decoded::Many(vec![
                    Self::Withdrawn(Withdrawn { cents: withdrawn }),
                    deposit(deposited),
                ])
            }
            _ => Decoded::Skipped(Skipped::Retired("nobody reads notes")),
        })
    }
}

pub(crate) fn opened(owner: &str) -> AccountEvent {
    AccountEvent::Opened(Opened {
        owner: owner.into(),
        currency: "EUR".into(),
    })
}

pub(crate) fn deposit(cents: u64) -> AccountEvent {
    let memo = String::new();
    AccountEvent::Deposited(Deposited { cents, memo })
}

pub(crate) fn withdraw(cents: u64) -> AccountEvent {
    AccountEvent::Withdrawn(Withdrawn { cents })
}

/// An event as it may have been stored by an older, a newer or a broken program.
pub(crate) fn stored(name: &str, version: u16, payload: &str) -> NewEvent {
    NewEvent {
        event_type: name.into(),
        schema_version: version,
        readable_by: version,
        format: FormatId::JSON,
        tags: Vec::new(),
        payload: payload.to_owned().into(),
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) owner: Option<String>,
    pub(crate) balance: u64,
    /// Grows when the balance is exactly 100: makes the order of events matter.
    pub(crate) hundreds: u64,
    pub(crate) memo: String,
    pub(crate) events: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AccountError {
    NotOpen,
    AlreadyOpen,
    InsufficientFunds { balance: u64 },
}

impl std::fmt::Display for AccountError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Aggregate for Account {
    const NAME: &'static str = "account";
    const STATE_FINGERPRINT: u64 = 1;
    type Id = u64;
    type Event = AccountEvent;
    type Error = AccountError;

    fn initial() -> Self {
        Self::default()
    }

    fn evolve(&mut self, event: AccountEvent) {
        self.events += 1;
        match event {
            AccountEvent::Opened(event) => self.owner = Some(event.owner),
            AccountEvent::Deposited(event) => {
                self.balance += event.cents;
                self.memo = event.memo;
            }
            AccountEvent::Withdrawn(event) => {
                self.balance = self.balance.saturating_sub(event.cents);
            }
        }
        self.hundreds += u64::from(self.balance == 100);
    }
}

/// What can be asked of the account with this id.
#[derive(Debug, Clone)]
pub(crate) struct Ask(pub(crate) u64, pub(crate) What);

#[derive(Debug, Clone)]
pub(crate) enum What {
    Open,
    Deposit(u64),
    DepositWithMemo(u64, &'static str),
    Withdraw(u64),
    /// Withdraws what there is; nothing if there is nothing.
    Drain,
    /// Deposits the command's time in seconds.
    DepositTime,
}

impl Command for Ask {
    type Aggregate = Account;

    fn target(&self) -> &u64 {
        &self.0
    }

    fn decide(
        self,
        account: &Account,
        context: &Context,
    ) -> Result<Events<AccountEvent>, AccountError> {
        let balance = account.balance;
        match self.1 {
            What::Open if account.owner.is_some() => Err(AccountError::AlreadyOpen),
            What::Open => Ok(vec![opened("ada")].into()),
            _ if account.owner.is_none() => Err(AccountError::NotOpen),
            What::Deposit(cents) => Ok(vec![deposit(cents)].into()),
            What::DepositWithMemo(cents, memo) => {
                let memo = memo.into();
                Ok(vec![AccountEvent::Deposited(Deposited { cents, memo })].into())
            }
            What::Withdraw(cents) if cents > balance => {
                Err(AccountError::InsufficientFunds { balance })
            }
            What::Withdraw(cents) => Ok(vec![withdraw(cents)].into()),
            What::Drain if balance == 0 => Ok(Events::none()),
            What::Drain => Ok(vec![withdraw(balance)].into()),
            What::DepositTime => {
                let seconds = context.now().as_micros() / 1_000_000;
                Ok(vec![deposit(seconds.unsigned_abs())].into())
            }
        }
    }
}

/// A second kind of aggregate, whose events are bare numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    pub(crate) total: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Booked(pub(crate) u64);

impl Event for Booked {
    const TYPES: &'static [EventType] = &[EventType::new("ledger.booked", 1, &[])];
    const STORED: &'static [StoredType] = &[StoredType::new("ledger.booked", 1, Fate::Current(0))];

    fn type_index(&self) -> usize {
        0
    }

    fn slot(name: &str, version: u16) -> Option<Slot> {
        (name == "ledger.booked" && version == 1).then_some(Slot::new(0))
    }

    fn encode<F: Format>(&self, format: &F, out: &mut Vec<u8>) -> Result<(), FormatError> {
        format.encode(self, out)
    }

    fn decode<F: Format>(
        _: Slot,
        format: &F,
        cx: &UpcastCx<'_>,
    ) -> Result<Decoded<Self>, DecodeError> {
        let event = cx.recorded();
        format
            .decode(event.format, &event.payload)
            .map(Decoded::One)
            .map_err(|error| DecodeError::new(event, DecodeErrorKind::Payload(error)))
    }
}

impl Aggregate for Ledger {
    const NAME: &'static str = "ledger";
    type Id = String;
    type Event = Booked;
    type Error = std::convert::Infallible;

    fn initial() -> Self {
        Self::default()
    }

    fn evolve(&mut self, Booked(amount): Booked) {
        self.total += amount;
    }
}

/// A context for commands that are decided on a root by hand.
pub(crate) fn context(id: CommitId) -> Context {
    let now = eventsourcing::Timestamp::from_micros(0);
    Context::new(now, id, eventsourcing::Metadata::new())
}
