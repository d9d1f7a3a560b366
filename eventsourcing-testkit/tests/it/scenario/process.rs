//! Scenarios on process managers.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use eventsourcing::{Correlation, FormatId, ProcessContext, ProcessManager, Reaction, TimerChange};
use eventsourcing_testkit::{GivenProcess, ManualClock, given_process};
use serde::{Deserialize, Serialize};

use super::assert_fails;
use crate::process::transfer::{
    Account, Closed, DAY, Deposit, Deposited, Id, Moved, Requested, Seen, Task, Transfer,
    TransferEvent, Transfers, Withdraw, Withdrawn,
};

fn request() -> Requested {
    Requested {
        transfer: "1".into(),
        from: "ada".into(),
        to: "bob".into(),
        cents: 300,
    }
}

fn moved(transfer: Option<&str>) -> Moved {
    Moved {
        cents: 300,
        transfer: transfer.map(Id::from),
    }
}

fn withdraw() -> Task {
    Task::Withdraw(Withdraw {
        account: "ada".into(),
        cents: 300,
        transfer: Some("1".into()),
    })
}

fn deposit(account: &str) -> Task {
    Task::Deposit(Deposit {
        account: account.into(),
        cents: 300,
        transfer: Some("1".into()),
    })
}

fn desk() -> Id {
    "desk".into()
}

fn begun() -> GivenProcess<Transfers> {
    given_process(Transfers)
        .event(TransferEvent::Began(request()))
        .timer("late", ManualClock::START)
}

#[test]
fn what_follows_is_checked() {
    given_process(Transfers)
        .when_event::<Account>(&desk(), request())
        .then_commands([withdraw()])
        .then_events([TransferEvent::Began(request())])
        .then_timers([TimerChange::Set {
            name: "late".into(),
            at: ManualClock::START + DAY,
        }])
        .then_state(|transfer| transfer.request.is_some())
        .and_then()
        .when_event::<Account>(&"ada".into(), Withdrawn(moved(Some("1"))))
        .then_commands([deposit("bob")])
        .and_then()
        .when_refused(deposit("bob"), "the account is closed")
        .then_commands([deposit("ada")])
        .then_state(|transfer| transfer.returning)
        .and_then()
        .when_event::<Account>(&"ada".into(), Deposited(moved(Some("1"))))
        .then_commands([])
        .then_finished()
        .then_state(|transfer| transfer.ended.as_deref() == Some("returned"))
        .and_then()
        .when_event::<Account>(&"ada".into(), Withdrawn(moved(Some("1"))))
        .then_nothing();
}

#[test]
fn timers_and_stored_bytes() {
    let tomorrow = ManualClock::START + DAY;
    begun()
        .at(tomorrow)
        .when_timer("late")
        .then_events([TransferEvent::Late])
        .then_commands([]);
    begun()
        .when_stored(
            "account-ada",
            "account.withdrawn",
            1,
            FormatId::JSON,
            r#"{"cents":300,"transfer":"1"}"#,
        )
        .then_commands([deposit("bob")]);
}

#[test]
fn an_instance_that_is_not_there_reacts_as_it_would_in_a_program() {
    given_process(Transfers)
        .when_event::<Account>(&"ada".into(), Withdrawn(moved(Some("1"))))
        .then_nothing();
    begun()
        .when_event::<Account>(&"ada".into(), Withdrawn(moved(None)))
        .then_nothing();
    begun()
        .when_event::<Account>(&desk(), request())
        .then_error(|error| error == "it is to start instance `1`, which has been started");
    given_process(Transfers)
        .finished()
        .when_event::<Account>(&desk(), request())
        .then_error(|error| error.ends_with("which has finished"));
    given_process(Transfers)
        .started()
        .when_event::<Account>(&"ada".into(), Withdrawn(moved(Some("1"))))
        .then_error(|error| error == "a transfer has a request");
}

#[test]
fn what_is_otherwise_is_shown_as_a_difference() {
    assert_fails(
        || {
            begun()
                .when_event::<Account>(&"ada".into(), Withdrawn(moved(Some("1"))))
                .then_commands([deposit("eve")])
        },
        "other commands follow (- expected, + actual):\n\
         - Deposit(Deposit { account: Id(\"eve\"), cents: 300, transfer: Some(Id(\"1\")) })\n\
         + Deposit(Deposit { account: Id(\"bob\"), cents: 300, transfer: Some(Id(\"1\")) })\n",
    );
    assert_fails(
        || {
            given_process(Transfers)
                .when_event::<Account>(&"ada".into(), Withdrawn(moved(Some("1"))))
                .then_events([TransferEvent::Paid])
        },
        "other events follow (- expected, + actual); the event passes by an instance that has not been started:\n- Paid\n",
    );
    assert_fails(
        || {
            begun()
                .when_timer("late")
                .then_timers([TimerChange::Cancel {
                    name: "late".into(),
                }])
        },
        "other timers follow (- expected, + actual):\n- Cancel { name: \"late\" }\n",
    );
    assert_fails(
        || {
            given_process(Transfers)
                .started()
                .when_event::<Account>(&"ada".into(), Withdrawn(moved(Some("1"))))
                .then_commands([deposit("bob")])
        },
        "the process manager cannot react: a transfer has a request; expected commands\n  \
         Deposit(Deposit { account: Id(\"bob\"), cents: 300, transfer: Some(Id(\"1\")) })\n",
    );
    assert_fails(
        || begun().when_timer("late").then_finished(),
        "the instance has not come to its end",
    );
    assert_fails(
        || begun().when_timer("late").then_error(|_| true),
        "the process manager has reacted; expected an error",
    );
    assert_fails(
        || begun().when_event::<Account>(&"ada".into(), Closed {}),
        "the process manager's filter does not let event `account.closed` of stream `account-ada` through",
    );
}

/// Asks for something else each time, or for what cannot be read back.
#[derive(Default)]
struct Careless {
    asked: AtomicU64,
    forgets: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    number: u64,
    #[serde(skip)]
    text: String,
}

impl ProcessManager for Careless {
    type State = Transfer;
    type View = Seen;
    type Command = Note;
    type Error = Infallible;

    fn correlate(&self, _: &Seen, _: &ProcessContext<'_>) -> Correlation<Id> {
        Correlation::Start("1".into())
    }

    fn react(
        &self,
        _: &Transfer,
        _: Seen,
        _: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let number = if self.forgets {
            7
        } else {
            self.asked.fetch_add(1, Ordering::Relaxed)
        };
        let text = "for ada".into();
        Ok(Reaction::none().command(Note { number, text }))
    }
}

#[test]
fn another_answer_the_second_time_is_noticed() {
    assert_fails(
        || given_process(Careless::default()).when_event::<Account>(&desk(), request()),
        "it reacts otherwise when it is asked again (- first, + second); a reaction may depend on nothing but state, event \
         and context:\n- command {\"number\":0}\n+ command {\"number\":1}\n",
    );
}

#[test]
fn a_command_that_loses_something_when_it_is_recorded_is_noticed() {
    let careless = Careless {
        forgets: true,
        ..Careless::default()
    };
    assert_fails(
        || {
            let note = Note {
                number: 7,
                text: "for ada".into(),
            };
            given_process(careless)
                .when_event::<Account>(&desk(), request())
                .then_commands([note])
        },
        "other commands follow (- expected, + actual):\n\
         - Note { number: 7, text: \"for ada\" }\n+ Note { number: 7, text: \"\" }\n",
    );
}

/// For whoever looks at where it says so.
pub(super) fn fails() {
    let _ = begun().when_timer("late").then_commands([withdraw()]);
}

pub(super) fn fails_to_be_the_same() {
    let _ = given_process(Careless::default()).when_event::<Account>(&desk(), request());
}
