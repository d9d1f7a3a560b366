//! Timers in scenarios on process managers: as in a program, only those fire that run and are due.

use std::convert::Infallible;
use std::time::Duration;

use eventsourcing::{Correlation, ProcessContext, ProcessManager, Reaction};
use eventsourcing_testkit::{GivenProcess, ManualClock, given_process};

use super::assert_fails;
use crate::process::transfer::{
    Account, DAY, Deposited, Id, Moved, Requested, Seen, Task, Transfer, TransferEvent, Withdrawn,
};

/// Asks every day whether a transfer has arrived, and says for which.
struct Asking;

impl ProcessManager for Asking {
    type State = Transfer;
    type View = Seen;
    type Command = Task;
    type Error = Infallible;

    fn correlate(&self, event: &Seen, _: &ProcessContext<'_>) -> Correlation<Id> {
        match event {
            Seen::Requested(event) => Correlation::Start(event.transfer.clone()),
            Seen::Withdrawn(_) | Seen::Deposited(_) => Correlation::Continue("1".into()),
        }
    }

    fn react(
        &self,
        _: &Transfer,
        event: Seen,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        Ok(match event {
            Seen::Requested(_) => Reaction::none()
                .timer("ask", cx.now() + DAY)
                .timer("give up", cx.now() + 3 * DAY),
            Seen::Withdrawn(_) => Reaction::none().cancel_timer("ask"),
            Seen::Deposited(_) => Reaction::none().finish(),
        })
    }

    fn on_timer(
        &self,
        _: &Transfer,
        timer: &str,
        cx: &ProcessContext<'_>,
    ) -> Result<Reaction<Self>, Infallible> {
        let how = format!("{} at {}", cx.instance(), cx.now());
        Ok(match timer {
            "ask" => Reaction::none()
                .event(TransferEvent::Returning { reason: how })
                .timer("ask", cx.now() + DAY),
            "give up" => Reaction::none()
                .event(TransferEvent::Ended { how })
                .finish(),
            _ => Reaction::unknown_timer(),
        })
    }
}

fn days(days: u32) -> eventsourcing::Timestamp {
    ManualClock::START + days * DAY
}

fn requested() -> GivenProcess<Asking> {
    let request = Requested {
        transfer: "1".into(),
        from: "ada".into(),
        to: "bob".into(),
        cents: 300,
    };
    given_process(Asking)
        .when_event::<Account>(&"desk".into(), request)
        .and_then()
}

fn moved() -> Moved {
    Moved {
        cents: 300,
        transfer: None,
    }
}

#[test]
fn a_timer_fires_at_the_time_it_was_set_to_for_its_instance() {
    let ended = |how: &str| TransferEvent::Ended { how: how.into() };
    requested()
        .at(days(3) + Duration::from_secs(5))
        .when_timer("give up")
        .then_events([ended(&format!("1 at {}", days(3)))])
        .then_finished();
    given_process(Asking)
        .id(&"2".into())
        .timer("give up", days(0))
        .when_timer("give up")
        .then_events([ended(&format!("2 at {}", days(0)))]);
}

#[test]
fn a_timer_that_sets_itself_again_makes_up_for_missed_turns() {
    let reason = |day| format!("1 at {}", days(day));
    let asked = |day| TransferEvent::Returning {
        reason: reason(day),
    };
    requested()
        .at(days(2))
        .when_timer("ask")
        .then_events([asked(1)])
        .and_then()
        .when_timer("ask")
        .then_events([asked(2)]);
}

#[test]
fn a_timer_that_does_not_run_cannot_fire() {
    assert_fails(
        || requested().at(days(9)).when_timer("hold"),
        "the instance has set no timer `hold`; it has: `ask`, due at 2026-01-02T00:00:00Z; `give up`, due at \
         2026-01-04T00:00:00Z",
    );
    assert_fails(
        || given_process(Asking).started().when_timer("ask"),
        "the instance has set no timer `ask`; it has none",
    );
    let withdrawn = || {
        requested()
            .when_event::<Account>(&"ada".into(), Withdrawn(moved()))
            .and_then()
            .at(days(1))
    };
    assert_fails(
        || withdrawn().when_timer("ask"),
        "the instance has set no timer `ask`; it has: `give up`, due at 2026-01-04T00:00:00Z",
    );
    let fired = || requested().at(days(1)).when_timer("ask").and_then();
    assert_fails(
        || fired().when_timer("ask"),
        "timer `ask` is due at 2026-01-03T00:00:00Z; it is 2026-01-02T00:00:00Z",
    );
}

#[test]
fn nothing_happens_after_the_end() {
    let finished = || {
        requested()
            .when_event::<Account>(&"bob".into(), Deposited(moved()))
            .then_finished()
            .and_then()
            .at(days(9))
    };
    finished().when_timer("give up").then_nothing();
    given_process(Asking)
        .timer("ask", days(0))
        .finished()
        .when_timer("ask")
        .then_nothing();
    assert_fails(
        || {
            finished()
                .when_timer("ask")
                .then_events([TransferEvent::Late])
        },
        "other events follow (- expected, + actual); the instance has finished, so its timers have stopped:\n- Late\n",
    );
}

#[test]
fn a_timer_that_nothing_answers_to_is_an_error() {
    given_process(Asking)
        .timer("other", days(0))
        .when_timer("other")
        .then_error(|error| error == "it has no `on_timer` for timer `other`");
}
