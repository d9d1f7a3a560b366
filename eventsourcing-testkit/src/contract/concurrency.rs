//! Several writers at once.

use eventsourcing::{
    AppendError, Commit, CommitId, EventStore,
    ExpectedVersion::{Any, Exact, NoStream},
    RecordedEvent, StreamId, StreamRange, Version,
};

use super::Fixture;
use super::support::{
    account, append, assert_conflict, collide, commit, event, events, poll_and_drop, race, read,
    whole_log,
};

/// Of 16 appends that expect the same version one wins; the others learn where the stream is now.
pub async fn one_winner_per_version<F: Fixture>() {
    let fixture = F::fresh().await;
    let ada = account("ada");
    for round in 0..8_u64 {
        let expected = if round == 0 {
            NoStream
        } else {
            Exact(Version::new(round * 2))
        };
        let results = race(16, |_| {
            let (store, attempt) = (fixture.store().clone(), commit(&ada, expected, 2));
            async move { store.append(attempt).await }
        })
        .await;
        let mut won = 0;
        for result in results {
            match result {
                Ok(committed) => {
                    won += 1;
                    assert_eq!(
                        committed.versions,
                        [(ada.clone(), Version::new(round * 2 + 2))],
                        "the winner's answer gives the version after its commit"
                    );
                }
                Err(error) => assert_conflict(&error, &ada, expected, Version::new(round * 2 + 2)),
            }
        }
        assert_eq!(won, 1, "round {round}");
    }
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        16,
        "each round has written one commit, and no loser anything"
    );
}

/// Four threads that read, decide and append as fast as they can: a store that looks at the version first and writes then is
/// caught between the two, also where there is no `await` between them.
pub async fn collisions<F: Fixture>() {
    let (fixture, ada) = (F::fresh().await, account("ada"));
    let (store, stream) = (fixture.store().clone(), ada.clone());
    let won = collide(move || {
        let (store, ada) = (store.clone(), stream.clone());
        async move { decide(&store, &ada, 0).await }
    })
    .await;
    assert_decided(&whole_log(fixture.store()).await, won);
}

/// Writers that read, decide and append, each in its own time: no decision is overtaken unnoticed. Whoever loses reads
/// again, so in the end every decision was taken on the version before its own.
pub async fn staggered_decisions<F: Fixture>() {
    const WRITERS: usize = 8;
    const EACH: usize = 12;
    let (fixture, ada) = (F::fresh().await, account("ada"));
    let tries = race(WRITERS, |writer| {
        let (store, ada) = (fixture.store().clone(), ada.clone());
        async move {
            let (mut done, mut tries) = (0, 0);
            while done < EACH {
                tries += 1;
                // Between reading and appending, so that the others' reads and appends fall anywhere.
                if decide(&store, &ada, (writer + tries) % 4).await {
                    done += 1;
                }
            }
            tries
        }
    })
    .await;
    assert_eq!(tries.len(), WRITERS, "each writer has come through");
    assert_decided(&whole_log(fixture.store()).await, WRITERS * EACH);
}

/// Takes a decision on the stream's version, letting others go first so many times; whether nobody was faster.
async fn decide<S: EventStore>(store: &S, stream: &StreamId, yields: usize) -> bool {
    let head = store.stream_head(stream).await.expect("stream head");
    let seen = head.map_or(Version::EMPTY, |head| head.version);
    let decided = event("account.decided", seen.to_string());
    let attempt = Commit::new().append(stream.clone(), Exact(seen), vec![decided]);
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
    match store.append(attempt).await {
        Ok(committed) => {
            assert_eq!(
                committed.versions,
                [(stream.clone(), seen.next())],
                "the answer gives the version that follows the one decided on"
            );
            true
        }
        Err(error) if error.is_conflict() => false,
        Err(other) => panic!("expected a conflict, got: {other}"),
    }
}

/// Every decision that was acknowledged is there, and was taken on the version before its own.
fn assert_decided(log: &[RecordedEvent], decisions: usize) {
    assert_eq!(log.len(), decisions, "what was acknowledged is there");
    for event in log {
        let seen = (event.version.get() - 1).to_string();
        assert_eq!(event.payload, seen, "decided on the version before");
    }
}

/// `Any` never conflicts: 64 appends at once all succeed and share out the versions.
pub async fn any_never_conflicts<F: Fixture>() {
    let fixture = F::fresh().await;
    let ada = account("ada");
    let results = race(64, |_| {
        let (store, attempt) = (fixture.store().clone(), commit(&ada, Any, 1));
        async move { store.append(attempt).await }
    })
    .await;
    let mut versions: Vec<u64> = results
        .into_iter()
        .map(|result| result.expect("`Any` never conflicts").versions[0].1.get())
        .collect();
    versions.sort_unstable();
    assert_eq!(
        versions,
        (1..=64).collect::<Vec<_>>(),
        "the writers' commits have the stream's versions 1 to 64, each once"
    );
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        64,
        "every commit is there once"
    );
}

/// Commits over the same two streams in opposite order neither deadlock nor both win.
pub async fn crossing_commits<F: Fixture>() {
    let fixture = F::fresh().await;
    let (ada, bob) = (account("ada"), account("bob"));
    let results = race(16, |racer| {
        let store = fixture.store().clone();
        let (first, second) = if racer % 2 == 0 {
            (&ada, &bob)
        } else {
            (&bob, &ada)
        };
        let attempt = commit(first, NoStream, 1).append(second.clone(), NoStream, events(1));
        async move { store.append(attempt).await }
    })
    .await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(won, 1, "one of two commits that cross wins");
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, AppendError::Conflict { .. }), "{error}");
    }
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        2,
        "the winner's commit is there whole, and nothing of the loser's"
    );
}

/// Dropping an append at any point leaves a whole commit or none, and its id still tells which.
pub async fn dropped_appends_never_tear<F: Fixture>() {
    let fixture = F::fresh().await;
    let (store, ada, bob) = (fixture.store(), account("ada"), account("bob"));
    let mut attempts = Vec::new();
    for polls in 0..5 {
        for _ in 0..8 {
            let attempt = commit(&ada, Any, 3).append(bob.clone(), Any, events(2));
            poll_and_drop(store.append(attempt.clone()), polls).await;
            attempts.push(attempt);
        }
    }
    let present: Vec<CommitId> = {
        let log = whole_log(store).await; // checks that every commit is whole
        log.chunk_by(|a, b| a.commit_id == b.commit_id)
            .map(|events| events[0].commit_id)
            .collect()
    };
    for attempt in &attempts[..8] {
        assert!(
            !present.contains(&attempt.commit_id),
            "an append that never ran writes nothing"
        );
    }
    for attempt in attempts.clone() {
        let (id, was_seen) = (attempt.commit_id, present.contains(&attempt.commit_id));
        let committed = append(store, attempt).await;
        assert_eq!(
            committed.receipt.commit_id, id,
            "the answer is about the commit that was appended"
        );
        assert!(
            committed.duplicate || !was_seen,
            "commit {id} was visible, so it is a duplicate"
        );
    }
    assert_eq!(
        whole_log(store).await.len(),
        attempts.len() * 5,
        "every commit whose future was dropped is there whole once it is repeated"
    );
    assert_eq!(
        read(store, &bob, StreamRange::all()).await.len(),
        attempts.len() * 2,
        "every commit is in its second stream as well"
    );
}

/// Racing commits over random pairs of streams keep every stream without holes.
pub async fn mixed_writers_leave_no_holes<F: Fixture>() {
    let fixture = F::fresh().await;
    let results = race(8, |writer| {
        let store = fixture.store().clone();
        async move {
            for round in 0..16 {
                let first = account(&(round % 3).to_string());
                let second = account(&(3 + (round + writer) % 3).to_string());
                let attempt = Commit::new()
                    .append(first, Any, events(1 + writer % 2))
                    .append(second, Any, events(1));
                store.append(attempt).await?;
            }
            Ok::<_, AppendError>(())
        }
    })
    .await;
    for result in results {
        result.expect("`Any` never conflicts");
    }
    assert_eq!(
        whole_log(fixture.store()).await.len(),
        4 * 16 * 2 + 4 * 16 * 3,
        "every acknowledged event is there, and nothing else"
    );
}
