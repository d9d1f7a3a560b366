//! Scenarios: what passes, and exactly what is printed if one fails.

mod process;
mod process_timers;
mod read_model;

use std::panic::{AssertUnwindSafe, catch_unwind};

use eventsourcing::{FormatId, Metadata};
use eventsourcing_testkit::{Given, given};

use crate::domain::{Door, DoorError, DoorEvent, Open};

fn installed(rooms: &[&str]) -> DoorEvent {
    DoorEvent::Installed {
        rooms: rooms.iter().map(|room| (*room).into()).collect(),
    }
}

fn with_door() -> Given<Door> {
    given::<Door>().event(installed(&["hall", "yard"]))
}

#[track_caller]
fn assert_fails<T>(scenario: impl FnOnce() -> T, expected: &str) {
    let failure = catch_unwind(AssertUnwindSafe(|| drop(scenario())));
    let failure = failure.expect_err("the scenario must fail");
    let text = failure.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| failure.downcast_ref::<&str>().copied());
    assert_eq!(text.expect("a message"), expected);
}

#[test]
fn events_state_and_refusals_are_checked() {
    with_door()
        .events([DoorEvent::Opened, DoorEvent::Opened])
        .when(Open(1))
        .then([DoorEvent::Opened])
        .then_state(|door| door.opened == 3);
    with_door().when(Open(0)).then([]);
    with_door()
        .when(Open(0))
        .then_nothing()
        .then_state(|door| door.opened == 0);
    with_door()
        .when(Open(2))
        .then_state(|door| door.opened == 2);
    given::<Door>().when(Open(1)).then_error(DoorError::NoDoor);
    given::<Door>()
        .when(Open(1))
        .then_error_matching(|error| *error == DoorError::NoDoor);
    given::<Door>().then_state(|door| door.rooms.is_empty());
}

#[test]
fn time_and_metadata_reach_the_decision() {
    let night = "2026-01-01T23:00:00Z".parse().expect("a time");
    with_door()
        .at(night)
        .when(Open(1))
        .then_error_matching(|error| matches!(error, DoorError::Closed { .. }));
    with_door()
        .metadata(Metadata::new().with_actor("nobody"))
        .when(Open(1))
        .then_nothing();
}

#[test]
fn stored_bytes_are_read_through_the_upcasts() {
    given::<Door>()
        .id(&"42".into())
        .stored("door.installed", 1, FormatId::JSON, br#"{"room":"hall"}"#)
        .stored("door.opened", 1, FormatId::JSON, "{}")
        .then_state(|door| door.rooms == ["hall", "42"] && door.opened == 1);
}

#[test]
fn stored_bytes_that_cannot_be_read_say_why() {
    assert_fails(
        || with_door().stored("door.closed", 1, FormatId::JSON, "{}"),
        "cannot read event `door.closed` v1 (stream `door-scenario` version 2, position 2): \
         no event type of that name is known here; was it written by a newer program?",
    );
}

#[test]
fn other_events_print_a_diff() {
    assert_fails(
        || {
            with_door()
                .when(Open(2))
                .then([installed(&["hall"]), DoorEvent::Opened])
        },
        "the command led to other events (- expected, + actual):\n\
         - Installed { rooms: [\"hall\"] }\n\
         \x20 Opened\n\
         + Opened\n",
    );
    assert_fails(
        || with_door().when(Open(1)).then([]),
        "the command led to other events (- expected, + actual):\n+ Opened\n",
    );
}

#[test]
fn unexpected_refusals_and_acceptances_print_what_was_expected() {
    assert_fails(
        || given::<Door>().when(Open(1)).then([DoorEvent::Opened]),
        "the command was refused with NoDoor; expected\n  Opened\n",
    );
    assert_fails(
        || with_door().when(Open(1)).then_error(DoorError::NoDoor),
        "the command was accepted; expected NoDoor, got\n  Opened\n",
    );
    assert_fails(
        || with_door().when(Open(0)).then_error_matching(|_| true),
        "the command was accepted; expected a refusal, got\n  (nothing)\n",
    );
    let closed = DoorError::Closed {
        until: "noon".into(),
    };
    assert_fails(
        || given::<Door>().when(Open(1)).then_error(closed),
        "the command was refused with another error (- expected, + actual):\n\
         - Closed { until: \"noon\" }\n\
         + NoDoor\n",
    );
}

#[test]
fn a_wrong_state_is_printed() {
    assert_fails(
        || {
            with_door()
                .when(Open(1))
                .then([DoorEvent::Opened])
                .then_state(|_| false)
        },
        "the state is not as expected:\n  Door { rooms: [\"hall\", \"yard\"], opened: 1 }\n",
    );
    let long = [
        "a long name of a room",
        "another long name of a room",
        "yet another one",
    ];
    assert_fails(
        || {
            given::<Door>()
                .event(installed(&long))
                .then_state(|door| door.opened == 1);
        },
        "the state is not as expected:\n\
         \x20 Door {\n\
         \x20     rooms: [\n\
         \x20         \"a long name of a room\",\n\
         \x20         \"another long name of a room\",\n\
         \x20         \"yet another one\",\n\
         \x20     ],\n\
         \x20     opened: 0,\n\
         \x20 }\n",
    );
}

#[test]
fn an_event_that_its_format_loses_is_found() {
    let text = "event `door.jammed` does not come back as it was written (- written, + read):\n\
                - Jammed { note: \"worn out\" }\n\
                + Jammed { note: \"\" }\n\
                \n\
                its payload is {}";
    let jammed = || DoorEvent::Jammed {
        note: "worn out".into(),
    };
    assert_fails(|| given::<Door>().event(jammed()), text);
    assert_fails(|| with_door().when(Open(101)).then([jammed()]), text);
}

#[test]
fn failures_point_at_the_scenario() {
    use std::sync::{Arc, Mutex};
    let places = Arc::new(Mutex::new(Vec::new()));
    let previous = std::panic::take_hook();
    let (sink, thread) = (places.clone(), std::thread::current().id());
    std::panic::set_hook(Box::new(move |info| {
        // Other tests may panic meanwhile.
        if let Some(location) = info.location()
            && std::thread::current().id() == thread
        {
            let mut places = sink.lock().expect("no panic inside");
            places.push(location.file().to_owned());
        }
    }));
    let failing: [fn(); 4] = [
        || drop(with_door().when(Open(1)).then([])),
        read_model::fails,
        process::fails,
        process::fails_to_be_the_same,
    ];
    for fails in failing {
        let failed = catch_unwind(fails);
        assert!(failed.is_err());
    }
    std::panic::set_hook(previous);
    let places = places.lock().expect("no panic inside");
    let files: Vec<_> = places
        .iter()
        .filter_map(|place| place.rsplit(['/', '\\']).next())
        .collect();
    assert_eq!(
        files,
        ["mod.rs", "read_model.rs", "process.rs", "process.rs"]
    );
}
