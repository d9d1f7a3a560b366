//! The bank's rules, given/when/then.

use bank_account::domain::{
    Account, AccountCommand, AccountError, AccountEvent, AccountId, ChargeFee, ChargeInterest,
    CloseAccount, Closed, Currency, Deposit, Deposited, FeeCharged, InterestCharged, MarkDormant,
    MarkedDormant, Minor, Note, OpenAccount, Opened, Overdraft, ReceiveTransfer, ReturnTransfer,
    SendTransfer, Status, TransferId, TransferReceived, TransferReturned, TransferSent, Withdraw,
    Withdrawn,
};
use eventsourcing::{Event, Format, Json, Metadata, events};
use eventsourcing_testkit::{Given, given};

fn id() -> AccountId {
    AccountId("1".into())
}

fn opened(overdraft: Overdraft) -> Given<Account> {
    given::<Account>().event(Opened {
        owner: "Ada".into(),
        currency: Currency::Czk,
        overdraft,
    })
}

fn holding(minor: i64) -> Given<Account> {
    opened(Overdraft::default()).event(deposited(minor))
}

fn deposited(minor: i64) -> Deposited {
    Deposited {
        amount: Minor::new(minor),
        note: Note::default(),
    }
}

fn deposit(minor: i64) -> Deposit {
    Deposit {
        account: id(),
        amount: Minor::new(minor),
        currency: None,
        note: Note::default(),
    }
}

fn withdraw(minor: i64, fee: Option<i64>) -> Withdraw {
    Withdraw {
        account: id(),
        amount: Minor::new(minor),
        fee: fee.map(Minor::new),
        currency: None,
        note: Note::default(),
    }
}

fn open(owner: &str, limit: i64) -> OpenAccount {
    OpenAccount {
        account: id(),
        owner: owner.into(),
        currency: Currency::Czk,
        overdraft: Overdraft::Limit(Minor::new(limit)),
    }
}

#[test]
fn an_account_is_opened_once() {
    let facts = Opened {
        owner: "Ada".into(),
        currency: Currency::Czk,
        overdraft: Overdraft::Limit(Minor::new(500)),
    };
    given::<Account>()
        .when(open("Ada", 500))
        .then(events![facts])
        .then_state(|account| account.status() == Status::Open && account.owner() == "Ada");
    holding(0)
        .when(open("Ada", 0))
        .then_error(AccountError::AlreadyOpen);
    holding(0)
        .event(Closed {})
        .when(open("Ada", 0))
        .then_error(AccountError::Closed);
}

#[test]
fn an_account_needs_an_owner_and_a_sensible_limit() {
    for owner in ["", "  ", "two\nlines", &"x".repeat(1001)] {
        given::<Account>()
            .when(open(owner, 0))
            .then_error(AccountError::Owner);
    }
    given::<Account>()
        .when(open("Ada", -1))
        .then_error(AccountError::NegativeLimit(Minor::new(-1)));
}

#[test]
fn money_comes_in() {
    holding(100)
        .when(deposit(50))
        .then(events![deposited(50)])
        .then_state(|account| account.balance() == Minor::new(150));
}

#[test]
fn only_amounts_above_zero_are_booked() {
    for minor in [0, -1, i64::MIN] {
        let refusal = || AccountError::NotPositive(Minor::new(minor));
        holding(100).when(deposit(minor)).then_error(refusal());
        holding(100)
            .when(withdraw(minor, None))
            .then_error(refusal());
        // A negative fee must not make a withdrawal possible.
        holding(100)
            .when(withdraw(200, Some(minor)))
            .then_error(refusal());
    }
}

#[test]
fn nothing_overflows() {
    let too_much = |balance, amount| AccountError::TooMuch {
        balance: Minor::new(balance),
        amount: Minor::new(amount),
    };
    holding(1)
        .when(deposit(i64::MAX))
        .then_error(too_much(1, i64::MAX));
    holding(1)
        .when(withdraw(i64::MAX, Some(1)))
        .then_error(too_much(1, 1));
    opened(Overdraft::Unlimited)
        .event(withdrawn(i64::MAX))
        .when(withdraw(2, None))
        .then_error(too_much(-i64::MAX, 2));
}

fn withdrawn(minor: i64) -> Withdrawn {
    Withdrawn {
        amount: Minor::new(minor),
        note: Note::default(),
    }
}

fn fee_charged(minor: i64) -> FeeCharged {
    FeeCharged {
        amount: Minor::new(minor),
        note: Note::default(),
    }
}

#[test]
fn money_goes_out_as_far_as_balance_and_overdraft_reach() {
    let insufficient = |available, asked| AccountError::Insufficient {
        available: Minor::new(available),
        asked: Minor::new(asked),
        currency: Currency::Czk,
    };
    holding(100)
        .when(withdraw(100, None))
        .then(events![withdrawn(100)]);
    holding(100)
        .when(withdraw(101, None))
        .then_error(insufficient(100, 101));
    holding(100)
        .when(withdraw(100, Some(1)))
        .then_error(insufficient(100, 101));
    holding(100)
        .when(withdraw(99, Some(1)))
        .then(events![withdrawn(99), fee_charged(1)])
        .then_state(|account| account.balance() == Minor::ZERO);
    opened(Overdraft::Limit(Minor::new(50)))
        .when(withdraw(50, None))
        .then_state(|account| account.balance() == Minor::new(-50));
    opened(Overdraft::Limit(Minor::new(50)))
        .when(withdraw(51, None))
        .then_error(insufficient(50, 51));
    opened(Overdraft::Unlimited)
        .when(withdraw(1_000_000, None))
        .then(events![withdrawn(1_000_000)]);
}

#[test]
fn the_banks_own_charges_may_exceed_the_overdraft() {
    let (account, amount, currency, note) = (id(), Minor::new(10), None, Note::default());
    holding(1)
        .when(ChargeFee {
            account,
            amount,
            currency,
            note,
        })
        .then(events![fee_charged(10)]);
    let (account, amount, currency, note) = (id(), Minor::new(10), None, Note::default());
    let charged = InterestCharged {
        amount,
        note: note.clone(),
    };
    holding(1)
        .when(ChargeInterest {
            account,
            amount,
            currency,
            note,
        })
        .then(events![charged]);
}

#[test]
fn amounts_of_another_currency_are_refused() {
    let command = Deposit {
        currency: Some(Currency::Eur),
        ..deposit(1)
    };
    holding(0).when(command).then_error(AccountError::Currency {
        account: Currency::Czk,
        asked: Currency::Eur,
    });
}

#[test]
fn nothing_happens_before_the_opening_or_after_the_end() {
    given::<Account>()
        .when(deposit(1))
        .then_error(AccountError::NotOpened);
    let closed = || holding(0).event(Closed {});
    closed().when(deposit(1)).then_error(AccountError::Closed);
    closed()
        .when(withdraw(1, None))
        .then_error(AccountError::Closed);
    closed()
        .when(CloseAccount { account: id() })
        .then_error(AccountError::Closed);
}

#[test]
fn only_an_empty_account_is_closed() {
    holding(100)
        .event(withdrawn(100))
        .when(CloseAccount { account: id() })
        .then(events![Closed {}])
        .then_state(|account| account.status() == Status::Closed);
    holding(1)
        .when(CloseAccount { account: id() })
        .then_error(AccountError::NotEmpty {
            balance: Minor::new(1),
            currency: Currency::Czk,
        });
}

#[test]
fn money_that_comes_back_is_taken_by_a_closed_account_too() {
    let back = || ReturnTransfer {
        account: id(),
        transfer: TransferId("t".into()),
        amount: Minor::new(100),
        reason: "is closed".into(),
    };
    let returned = TransferReturned {
        transfer: TransferId("t".into()),
        amount: Minor::new(100),
        reason: "is closed".into(),
    };
    holding(0)
        .event(Closed {})
        .when(back())
        .then(events![returned])
        .then_state(|account| {
            account.status() == Status::Open && account.balance() == Minor::new(100)
        });
    given::<Account>()
        .when(back())
        .then_error(AccountError::NotOpened);
    holding(i64::MAX)
        .when(back())
        .then_error_matching(|error| matches!(error, AccountError::TooMuch { .. }));
}

#[test]
fn a_dormant_account_is_marked_once_and_woken_by_money() {
    let mark = || MarkDormant { account: id() };
    holding(1)
        .when(mark())
        .then(events![MarkedDormant {}])
        .then_state(|account| account.status() == Status::Dormant);
    let dormant = || holding(1).event(MarkedDormant {});
    dormant().when(mark()).then_nothing();
    dormant()
        .when(deposit(1))
        .then_state(|account| account.status() == Status::Open);
    dormant()
        .when(withdraw(1, None))
        .then_state(|account| account.status() == Status::Open);
    holding(0)
        .event(Closed {})
        .when(mark())
        .then_error(AccountError::Closed);
}

#[test]
fn a_transfer_has_two_halves() {
    let (transfer, other) = (TransferId("t".into()), AccountId("2".into()));
    let amount = Minor::new(40);
    let send_to = |to: &AccountId| SendTransfer {
        account: id(),
        transfer: transfer.clone(),
        to: to.clone(),
        amount,
        currency: None,
    };
    let receive = |currency| ReceiveTransfer {
        account: id(),
        transfer: transfer.clone(),
        from: other.clone(),
        amount,
        currency,
    };
    let sent = TransferSent {
        transfer: transfer.clone(),
        to: other.clone(),
        amount,
    };
    let received = TransferReceived {
        transfer: transfer.clone(),
        from: other.clone(),
        amount,
    };
    holding(40)
        .when(send_to(&other))
        .then(events![sent])
        .then_state(|account| account.balance() == Minor::ZERO);
    holding(40)
        .when(send_to(&id()))
        .then_error(AccountError::SameAccount);
    holding(39)
        .when(send_to(&other))
        .then_error_matching(|error| matches!(error, AccountError::Insufficient { .. }));
    holding(0)
        .when(receive(Currency::Czk))
        .then(events![received])
        .then_state(|account| account.balance() == amount);
    holding(0)
        .when(receive(Currency::Usd))
        .then_error_matching(|error| matches!(error, AccountError::Currency { .. }));
}

/// What every generation of the opening reads as today, and the events that were renamed, split and retired.
#[test]
fn history_reads_as_today() {
    let prague = Metadata::new().with_header("branch-currency", "CZK");
    given::<Account>()
        .metadata(prague)
        .stored("account.opened", 1, Json::ID, br#"{"owner":"Ada"}"#)
        .stored("account.money-added", 1, Json::ID, br#"{"amount":1000}"#)
        .stored(
            "account.withdrawn-with-fee",
            1,
            Json::ID,
            br#"{"amount":200,"fee":5}"#,
        )
        .stored(
            "account.marketing-consent-recorded",
            2,
            Json::ID,
            b"not even JSON",
        )
        .stored("account.deposited", 1, Json::ID, br#"{"amount":10}"#)
        .event(deposited(1))
        .then_state(|account| {
            account.currency() == Currency::Czk
                && account.balance() == Minor::new(806)
                && account.overdraft() == Overdraft::default()
        });
    given::<Account>()
        .stored("account.opened", 1, Json::ID, br#"{"owner":"Ben"}"#)
        .then_state(|account| account.currency() == Currency::Eur && account.owner() == "Ben");
    given::<Account>()
        .stored(
            "account.opened",
            2,
            Json::ID,
            br#"{"owner":"Cleo","currency":"USD"}"#,
        )
        .then_state(|account| account.currency() == Currency::Usd);
}

#[test]
#[should_panic(expected = "the bank keeps no accounts in `XXX`")]
fn an_unknown_currency_of_the_second_generation_is_an_error() {
    given::<Account>()
        .stored(
            "account.opened",
            2,
            Json::ID,
            br#"{"owner":"Cleo","currency":"XXX"}"#,
        )
        .then_state(|_| true);
}

#[test]
fn the_opening_event_has_the_name_that_lists_look_for() {
    assert_eq!(AccountEvent::TYPES[0].name, AccountEvent::OPENING);
}

#[test]
fn a_command_says_which_events_it_leads_to() {
    holding(100)
        .when(AccountCommand::Withdraw(withdraw(9, Some(1))))
        .then(AccountCommand::Withdraw(withdraw(9, Some(1))).into_events());
}
