//! Closing or dying while appends are under way: each is answered, and the answer is true.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventsourcing::{
    AppendError, Commit, CommitId, Committed, EventStore, ExpectedVersion::Any, Filter, Position,
    RecordedEvent,
};

use super::Fixture;
use super::restart::{End, survives};
use super::support::{account, append, commit, events, poll_and_drop, whole_log, within};

const WRITERS: usize = 16;
const COMMITS: usize = 12;
/// The process ends when so many commits have been acknowledged.
const ENOUGH: usize = WRITERS * COMMITS / 4;

type Answers = Vec<(CommitId, Result<Committed, AppendError>)>;

/// Two parts, so that half a commit would be seen.
fn attempt(writer: usize) -> Commit {
    commit(&account(&writer.to_string()), Any, 2).append(account("shared"), Any, events(1))
}

/// Starts writers that end by themselves, and waits until enough has been acknowledged.
async fn writers<S: EventStore + Clone>(store: &S) -> Vec<tokio::task::JoinHandle<Answers>> {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let start = |writer| {
        let (store, acknowledged) = (store.clone(), acknowledged.clone());
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..COMMITS {
                let attempt = attempt(writer);
                let id = attempt.commit_id;
                let answer = within("an append", store.append(attempt)).await;
                if answer.is_ok() {
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
                answers.push((id, answer));
            }
            answers
        })
    };
    let tasks: Vec<_> = (0..WRITERS).map(start).collect();
    let enough = async {
        while acknowledged.load(Ordering::SeqCst) < ENOUGH {
            tokio::task::yield_now().await;
        }
    };
    within("the first acknowledgements", enough).await;
    tasks
}

async fn answers(tasks: Vec<tokio::task::JoinHandle<Answers>>) -> Answers {
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(within("a writer", task).await.expect("no writer panics"));
    }
    assert_eq!(answers.len(), WRITERS * COMMITS, "each append is answered");
    answers
}

fn is_in(log: &[RecordedEvent], id: CommitId) -> bool {
    log.iter().any(|event| event.commit_id == id)
}

/// Closing answers every append that is under way, and each answer is true: what succeeded is there, what was refused
/// is not. Asking again settles what is unknown.
pub async fn closing_answers_every_append<F: Fixture>() {
    let fixture = F::fresh().await;
    let survives = survives(&fixture);
    let tasks = writers(fixture.store()).await;
    let fixture = fixture.reopen().await;
    let (store, answers) = (fixture.store(), answers(tasks).await);
    let log = whole_log(store).await;
    if !survives {
        assert_eq!(log, [], "a store that is in memory only comes back empty");
        return;
    }
    for (id, answer) in answers {
        match answer {
            Ok(committed) => {
                assert!(is_in(&log, id), "{id} was acknowledged: {committed:?}");
            }
            Err(AppendError::OutcomeUnknown { commit_id, .. }) => {
                assert_eq!(commit_id, id, "the refusal names the commit");
            }
            Err(AppendError::Unavailable { .. }) => {
                assert!(!is_in(&log, id), "{id} was refused");
            }
            Err(other) => panic!("a store that is closing answers otherwise: {other}"),
        }
    }
}

/// What was acknowledged before the crash is there, and what was under way is there as a whole or not at all.
pub async fn a_crash_amid_appends<F: Fixture>() {
    let fixture = F::fresh().await;
    let survives = survives(&fixture);
    let before: Vec<_> = {
        let mut before = Vec::new();
        for writer in 0..4 {
            before.push(append(fixture.store(), attempt(writer)).await);
        }
        before
    };
    let tasks = writers(fixture.store()).await;
    let seen = whole_log(fixture.store()).await;
    let fixture = fixture.crash().await;
    for task in tasks {
        task.abort();
    }
    let log = whole_log(fixture.store()).await; // checks that every commit is whole
    if !survives {
        assert_eq!(log, [], "a store that is in memory only comes back empty");
        return;
    }
    assert!(log.len() >= (before.len() + ENOUGH) * 3, "{}", log.len());
    for committed in before {
        assert!(
            is_in(&log, committed.receipt.commit_id),
            "what was acknowledged is there"
        );
    }
    assert_eq!(
        log[..seen.len()],
        seen,
        "what anybody has seen was durable before"
    );
}

/// Appends that nobody waits for any more are there as a whole or not at all, and their ids tell which.
pub async fn dropped_appends_end_whole<F: Fixture>() {
    for end in End::BOTH {
        let fixture = F::fresh().await;
        let survives = survives(&fixture);
        let attempts: Vec<_> = (0..24).map(|_| attempt(0)).collect();
        for (index, attempt) in attempts.iter().enumerate() {
            poll_and_drop(fixture.store().append(attempt.clone()), index % 4).await;
        }
        let fixture = end.restart(fixture).await;
        let (store, log) = (fixture.store(), whole_log(fixture.store()).await);
        assert!(survives || log.is_empty(), "{end:?}");
        for attempt in &attempts {
            let was_there = is_in(&log, attempt.commit_id);
            let committed = append(store, attempt.clone()).await;
            assert!(committed.duplicate || !was_there, "{end:?}");
        }
        assert_eq!(whole_log(store).await.len(), attempts.len() * 3, "{end:?}");
    }
}

/// A reader's bookmark that the store has lost is refused, never taken for another place.
pub async fn a_bookmark_from_before<F: Fixture>() {
    for end in End::BOTH {
        let fixture = F::fresh().await;
        let survives = survives(&fixture);
        let last = append(fixture.store(), attempt(0)).await.receipt.last;
        let fixture = end.restart(fixture).await;
        let page = fixture.store().read_all(last, &Filter::all(), 10).await;
        if survives {
            let page = page.expect("it is the head");
            assert_eq!(
                (page.events.len(), page.next),
                (0, last),
                "a reader that was at the end finds nothing new, and stays there"
            );
        } else {
            assert!(page.is_err(), "{end:?}: position {last} is beyond the head");
            let head = fixture.store().head().await.expect("head");
            assert_eq!(
                head,
                Position::START,
                "a store that is in memory only comes back empty"
            );
        }
    }
}
