//! The same commit again returns the first result; the same id with other content is refused.

use eventsourcing::{
    AppendCondition, AppendError, Commit, CommitId, Committed, EventStore,
    ExpectedVersion::{Any, Exact, Exists, NoStream},
    Filter, FormatId, Metadata, Position, Tag, Version,
};

use super::Fixture;
use super::support::{account, append, commit, events, race, refused, stream, whole_log};

/// A commit over two streams.
fn transfer() -> Commit {
    Commit::with_id(CommitId::from_key("transfer"))
        .append(account("ada"), NoStream, events(2))
        .append(account("bob"), Any, events(1))
}

#[track_caller]
fn assert_repeats(again: &Committed, first: &Committed) {
    assert!(again.duplicate, "the repetition is marked");
    assert_eq!(
        (again.receipt, &again.versions),
        (first.receipt, &first.versions),
        "a repetition is answered as the first time"
    );
}

/// The same commit again, in sequence, at once or after other commits, has the first result and writes nothing.
pub async fn the_same_again<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let first = append(store, transfer()).await;
    assert!(
        !first.duplicate,
        "only the repetitions are told to be duplicates"
    );
    assert_repeats(&append(store, transfer()).await, &first);
    for _ in 0..5 {
        append(store, commit(&account("ada"), Any, 1)).await;
    }
    assert_repeats(&append(store, transfer()).await, &first);
    assert_eq!(
        whole_log(store).await.len(),
        8,
        "a repetition writes nothing"
    );
}

/// The same commit 16 times at once: one writes, all get the same result.
pub async fn the_same_at_once<F: Fixture>() {
    let fixture = F::fresh().await;
    let results = race(16, |_| {
        let store = fixture.store().clone();
        async move { store.append(transfer()).await }
    })
    .await;
    let results: Vec<_> = results
        .into_iter()
        .map(|result| result.expect("a result"))
        .collect();
    let first: Vec<_> = results
        .iter()
        .filter(|committed| !committed.duplicate)
        .collect();
    assert_eq!(
        first.len(),
        1,
        "one of those who append the same commit at once writes it"
    );
    for again in results.iter().filter(|committed| committed.duplicate) {
        assert_repeats(again, first[0]);
    }
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        3,
        "the commit is there once"
    );
}

/// A repetition is recognised before expected versions and conditions are looked at.
pub async fn recognised_before_anything_else<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let first = append(store, transfer()).await;
    for expected in [NoStream, Exists, Exact(Version::new(77)), Any] {
        let mut again = transfer();
        again.streams[0].expected = expected;
        assert_repeats(&append(store, again).await, &first);
    }
    for after in [Position::START, Position::new(u64::MAX)] {
        let none_of = vec![Filter::all()];
        let again = transfer().with_condition(AppendCondition { none_of, after });
        assert_repeats(&append(store, again).await, &first);
    }
    assert_eq!(
        whole_log(store).await.len(),
        3,
        "a repetition is recognised before its expectations are looked at, and writes nothing"
    );
}

/// Metadata is not content: a retry may carry another trace id. What was written first stays.
pub async fn metadata_is_not_content<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    let first = append(
        store,
        transfer().with_metadata(Metadata::new().with_actor("ada")),
    )
    .await;
    let again = transfer().with_metadata(Metadata::new().with_actor("bob").with_header("a", "b"));
    assert_repeats(&append(store, again).await, &first);
    let log = whole_log(store).await;
    assert!(
        log.iter()
            .all(|event| event.metadata.actor.as_deref() == Some("ada")),
        "the events keep the metadata of the commit that was written"
    );
}

/// Any other content under the same id is an error that names the earlier commit, never a success.
pub async fn other_content_is_refused<F: Fixture>() {
    let fixture = F::fresh().await;
    let store = fixture.store();
    append(store, commit(&account("x"), Any, 1)).await;
    let first = append(store, transfer()).await;
    let changes: [fn(&mut Commit); 12] = [
        |c| c.streams[0].events[0].payload = "other".into(),
        |c| c.streams[1].events[0].payload = "".into(),
        |c| c.streams[0].events[1].event_type = "other".into(),
        |c| c.streams[0].events[1].schema_version = 2,
        |c| c.streams[0].events[1].format = FormatId::new(2),
        |c| {
            c.streams[1].events[0]
                .tags
                .push(Tag::new("other").expect("a valid tag"));
        },
        |c| c.streams[0].stream = account("eve"),
        |c| c.streams[1].stream = stream("order", "bob"),
        |c| c.streams.swap(0, 1),
        |c| drop(c.streams[0].events.pop()),
        |c| c.streams[1].events.extend(events(1)),
        |c| drop(c.streams.pop()),
    ];
    for (case, change) in changes.into_iter().enumerate() {
        let mut other = transfer();
        change(&mut other);
        match refused(store, other).await {
            AppendError::CommitIdReused {
                commit_id,
                position,
            } => {
                assert_eq!(
                    (commit_id, position),
                    (first.receipt.commit_id, first.receipt.first),
                    "case {case}"
                );
            }
            other => panic!("case {case}: expected CommitIdReused, got: {other}"),
        }
    }
    assert_eq!(
        whole_log(store).await.len(),
        4,
        "a commit id with other content is refused, and nothing is written"
    );
}

/// Two different commits race for one id: one writes, the other kind is refused, nothing mixes.
pub async fn one_content_per_id<F: Fixture>() {
    let fixture = F::fresh().await;
    let results = race(16, |racer| {
        let store = fixture.store().clone();
        let target = account(if racer % 2 == 0 { "ada" } else { "bob" });
        let attempt = Commit::with_id(CommitId::from_key("x")).append(target, Any, events(2));
        async move { store.append(attempt).await }
    })
    .await;
    let (mut written, mut duplicates, mut reused) = (0, 0, 0);
    for result in results {
        match result {
            Ok(committed) if committed.duplicate => duplicates += 1,
            Ok(_) => written += 1,
            Err(AppendError::CommitIdReused { .. }) => reused += 1,
            Err(other) => panic!("expected CommitIdReused, got: {other}"),
        }
    }
    assert_eq!(
        (written, duplicates, reused),
        (1, 7, 8),
        "one content is written; those with the same are duplicates, those with another are refused"
    );
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        2,
        "one content is there once"
    );
}
