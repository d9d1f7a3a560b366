//! Append conditions: a decision over any part of the log holds when it is written.

use eventsourcing::{
    AppendCondition, AppendError, Commit, EventStore,
    ExpectedVersion::{Any, NoStream},
    Filter, NewEvent, Position, StreamId, Tag, Version,
};

use super::Fixture;
use super::support::{
    account, append, assert_conflict, collide, commit, event, events, race, refused, whole_log,
};

fn username(name: &str) -> Tag {
    Tag::new(&format!("username:{name}")).expect("a valid tag")
}

fn registered(name: &str) -> NewEvent {
    event("user.registered", "{}").with_tag(username(name))
}

fn none_of(filters: impl Into<Vec<Filter>>, after: Position) -> AppendCondition {
    AppendCondition {
        none_of: filters.into(),
        after,
    }
}

/// Registers a user if nobody has the name.
fn register(stream: StreamId, name: &str) -> Commit {
    Commit::new()
        .append(stream, NoStream, vec![registered(name)])
        .with_condition(none_of(
            [Filter::all().tag(username(name))],
            Position::START,
        ))
}

#[track_caller]
fn assert_failed(error: &AppendError, expected: Position) {
    match error {
        AppendError::ConditionFailed { position } => {
            assert_eq!(
                *position, expected,
                "the error names the first matching event"
            );
        }
        other => panic!("expected ConditionFailed, got: {other}"),
    }
}

/// A condition that holds changes nothing; one that does not refuses the commit, which leaves nothing.
pub async fn holds_or_refuses<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let first = append(store, register(account("1"), "ada")).await;
    append(store, register(account("2"), "bob")).await;
    let head = store.head().await.expect("head");
    let again = register(account("3"), "ada");
    assert_failed(&refused(store, again.clone()).await, first.receipt.first);
    assert_eq!(
        store.head().await.expect("head"),
        head,
        "a refused commit does not move the head"
    );
    assert_eq!(
        store.stream_head(&account("3")).await.expect("stream head"),
        None,
        "a refused commit begins no stream"
    );
    let unconditional = Commit {
        condition: None,
        ..again
    };
    let committed = append(store, unconditional).await;
    assert!(
        !committed.duplicate,
        "a refused commit did not use up its id"
    );
    assert_eq!(
        whole_log(store).await.len(),
        3,
        "the log has what was acknowledged, and nothing of what was refused"
    );
}

/// Events up to `after` are known and do not count; the first one behind it does.
pub async fn only_events_behind_after_count<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let one = |condition| commit(&account("x"), Any, 1).with_condition(condition);
    let by_type = || [Filter::all().event_type("user.registered")];
    let mut positions = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        let new = Commit::new().append(account(name), Any, vec![registered(name)]);
        positions.push(append(store, new).await.receipt.first);
    }
    let just_before = |position: Position| Position::new(position.get() - 1);
    for position in &positions {
        let error = refused(store, one(none_of(by_type(), just_before(*position)))).await;
        assert_failed(&error, *position);
    }
    append(store, one(none_of(by_type(), positions[2]))).await;
    let head = store.head().await.expect("head");
    append(store, one(none_of(by_type(), head))).await;
    assert_eq!(
        whole_log(store).await.len(),
        5,
        "the log has what was acknowledged, and nothing of what was refused"
    );
}

/// Each filter of a condition can refuse; a filter's parts must all match; none at all never refuses.
pub async fn any_filter_refuses<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let receipt = append(store, register(account("1"), "ada")).await.receipt;
    let taken = receipt.first;
    let one = |filters: Vec<Filter>| {
        commit(&account("x"), Any, 1).with_condition(none_of(filters, Position::START))
    };
    let (hit, miss) = (
        Filter::all().tag(username("ada")),
        Filter::all().tag(username("eve")),
    );
    for filters in [
        vec![hit.clone()],
        vec![miss.clone(), hit.clone()],
        vec![hit.clone(), miss.clone()],
        vec![
            hit.clone()
                .event_type("user.registered")
                .category("account"),
        ],
        vec![Filter::all()],
        vec![Filter::all().category("account")],
        vec![Filter::all().commit(receipt.commit_id)],
        vec![Filter::all().correlation(receipt.commit_id.into())],
        vec![Filter::all().recorded(receipt.recorded_at..)],
    ] {
        assert_failed(&refused(store, one(filters)).await, taken);
    }
    for filters in [
        vec![],
        vec![miss.clone()],
        vec![hit.clone().event_type("user.left"), miss.clone()],
        vec![hit.clone().category("order")],
        vec![hit.tag(username("eve"))],
        vec![Filter::all().commit(Commit::new().commit_id)],
        vec![Filter::all().correlation(Commit::new().commit_id.into())],
        vec![Filter::all().recorded(..receipt.recorded_at)],
    ] {
        append(store, one(filters)).await;
    }
    assert_eq!(
        whole_log(store).await.len(),
        9,
        "the log has what was acknowledged, and nothing of what was refused"
    );
}

/// The commit's own events do not count against it.
pub async fn own_events_do_not_count<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let own = vec![registered("ada"), registered("ada")];
    let attempt = Commit::new()
        .append(account("1"), Any, own)
        .with_condition(none_of(
            [Filter::all().tag(username("ada"))],
            Position::START,
        ));
    append(store, attempt).await;
    assert_eq!(
        whole_log(store).await.len(),
        2,
        "the log has what was acknowledged, and nothing of what was refused"
    );
}

/// A condition comes on top of the expected versions: either refuses.
pub async fn expected_versions_still_count<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada) = (fixture.store(), account("ada"));
    append(store, commit(&ada, NoStream, 1)).await;
    let head = store.head().await.expect("head");
    let condition = none_of([Filter::all().tag(username("ada"))], head);
    let error = refused(store, commit(&ada, NoStream, 1).with_condition(condition)).await;
    assert_conflict(&error, &ada, NoStream, Version::FIRST);
    assert_eq!(
        whole_log(store).await.len(),
        1,
        "the log has what was acknowledged, and nothing of what was refused"
    );
}

/// A condition that starts beyond the log's end belongs to another log: the commit is invalid.
pub async fn beyond_the_head<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    append(store, commit(&account("1"), Any, 1)).await;
    let head = store.head().await.expect("head");
    for filters in [
        vec![Filter::all()],
        vec![Filter::all().tag(username("ada"))],
        vec![],
    ] {
        let condition = none_of(filters, Position::new(head.get() + 1));
        let error = refused(
            store,
            commit(&account("1"), Any, 1).with_condition(condition),
        )
        .await;
        assert!(matches!(error, AppendError::InvalidInput { .. }), "{error}");
    }
    assert_eq!(
        store.head().await.expect("head"),
        head,
        "a refused commit does not move the head"
    );
}

/// 16 commits want the same free name; one gets it.
pub async fn one_winner_per_name<F: Fixture>() {
    let fixture = F::fresh().await;
    for round in 0..4 {
        let name = format!("ada {round}");
        let results = race(16, |racer| {
            let store = fixture.store().clone();
            let attempt = register(account(&format!("{round} {racer}")), &name);
            async move { store.append(attempt).await }
        })
        .await;
        let winner: Vec<_> = results
            .iter()
            .filter_map(|result| result.as_ref().ok())
            .collect();
        assert_eq!(winner.len(), 1, "round {round}");
        let position = winner[0].receipt.first;
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert_failed(error, position);
        }
    }
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        4,
        "each name was taken once"
    );
}

/// Four threads that read, decide and append as fast as they can: no decision is overtaken unnoticed between looking at the
/// condition and writing, also where there is no `await` between them.
pub async fn collisions<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store().clone();
    let won = collide(move || {
        let store = store.clone();
        async move {
            let seen = store.head().await.expect("head");
            let decided = event("account.decided", seen.to_string());
            let attempt = Commit::new()
                .append(account(&seen.to_string()), Any, vec![decided])
                .with_condition(none_of([Filter::all().category("account")], seen));
            match store.append(attempt).await {
                Ok(_) => true,
                Err(AppendError::ConditionFailed { .. }) => false,
                Err(other) => panic!("expected ConditionFailed, got: {other}"),
            }
        }
    })
    .await;
    let log = whole_log(fixture.store()).await;
    assert_eq!(log.len(), won, "what was acknowledged is there");
    let mut before = Position::START;
    for event in &log {
        let seen = str::from_utf8(&event.payload).map(str::parse);
        let seen = Position::new(seen.expect("text").expect("a number"));
        assert!(before <= seen, "decided with all events before in sight");
        before = event.position;
    }
}

/// Write skew: 16 commits to different streams that all decided on the same state; one wins.
pub async fn no_write_skew<F: Fixture>() {
    let fixture = F::fresh().await;
    append(fixture.store(), commit(&account("base"), Any, 3)).await;
    let after = fixture.store().head().await.expect("head");
    let results = race(16, |racer| {
        let store = fixture.store().clone();
        let condition = none_of([Filter::all().category("account")], after);
        let attempt = commit(&account(&racer.to_string()), Any, 2).with_condition(condition);
        async move { store.append(attempt).await }
    })
    .await;
    assert_eq!(
        results.iter().filter(|result| result.is_ok()).count(),
        1,
        "one of those whose conditions exclude each other wins"
    );
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        5,
        "the winner's commit is there, and nothing of the others'"
    );
}

/// Decisions on what was read, each in its own time: ten seats, 24 who want one, and every seat is given once.
pub async fn staggered_decisions<F: Fixture>() {
    const SEATS: usize = 10;
    let fixture = F::fresh().await;
    let course = Filter::all().tag(Tag::new("course:7").expect("a valid tag"));
    let seated = race(24, |student| {
        let (store, course) = (fixture.store().clone(), course.clone());
        async move {
            loop {
                let (mut taken, mut after) = (0, Position::START);
                loop {
                    let page = store.read_all(after, &course, 3).await.expect("a page");
                    (taken, after) = (taken + page.events.len(), page.next);
                    if page.next == page.head {
                        break;
                    }
                }
                if taken >= SEATS {
                    return false;
                }
                for _ in 0..student % 4 {
                    tokio::task::yield_now().await;
                }
                let seat =
                    event("student.seated", taken.to_string()).with_tag(course.tags()[0].clone());
                let attempt = Commit::new()
                    .append(account(&student.to_string()), NoStream, vec![seat])
                    .with_condition(none_of([course.clone()], after));
                match store.append(attempt).await {
                    Ok(_) => return true,
                    Err(AppendError::ConditionFailed { position }) => assert!(
                        position > after,
                        "the refusal names an event behind the condition's position"
                    ),
                    Err(other) => panic!("expected ConditionFailed, got: {other}"),
                }
            }
        }
    })
    .await;
    assert_eq!(
        seated.iter().filter(|seated| **seated).count(),
        SEATS,
        "as many got a seat as there are seats"
    );
    let log = whole_log(fixture.store()).await;
    let seats: Vec<_> = log.iter().map(|event| event.payload.clone()).collect();
    let expected: Vec<_> = (0..SEATS).map(|seat| seat.to_string()).collect();
    assert_eq!(seats, expected, "each seat is given once");
}

/// A boundary that was read twice for one decision is no conflict with itself.
pub async fn a_boundary_read_twice<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    append(store, register(account("1"), "ada")).await;
    let head = store.head().await.expect("head");
    let ada = Filter::all().tag(username("ada"));
    let twice = none_of([ada.clone(), ada], head);
    let own = Commit::new().append(account("1"), Any, vec![registered("ada")]);
    append(store, own.with_condition(twice.clone())).await;
    let late = commit(&account("2"), Any, 1).with_condition(twice);
    assert_failed(
        &refused(store, late).await,
        whole_log(store).await[1].position,
    );
}

/// Conditions over different parts of the log do not disturb each other.
pub async fn disjoint_conditions_succeed<F: Fixture>() {
    let fixture = F::fresh().await;
    let results = race(16, |racer| {
        let store = fixture.store().clone();
        let attempt = register(account(&racer.to_string()), &racer.to_string());
        let attempt = attempt.append(account("log"), Any, events(1));
        async move { store.append(attempt).await }
    })
    .await;
    for result in results {
        result.expect("nobody else wants the name");
    }
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        32,
        "conditions that have nothing to do with each other refuse nothing"
    );
}
