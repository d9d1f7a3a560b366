use std::collections::BTreeMap;
use std::sync::Arc;

use eventsourcing::{Begin, EventStore, MemoryStore, ProjectionRunner, ReadModels, RepositoryExt, StreamId, StreamRange};
use eventsourcing_testkit::ManualClock;

use super::a_loan_from_start_to_end::{DAY, Lend, Loans, TakeBack, borrowed, desk, lend, loans};

#[tokio::test]
async fn parked_instances_are_seen_to() -> Result<(), Box<dyn std::error::Error>> {
    let clock = ManualClock::default();
    let log = MemoryStore::with_clock(Arc::new(clock.clone()));
    let desk = desk(&log);
    let rows = ReadModels::in_memory();
    let runner = || ProjectionRunner::new(log.clone(), rows.clone()).clock(Arc::new(clock.clone()));
    desk.books.execute(lend(1, "emma", "ada")).await?;
    let atlas = || "atlas of the heavens".to_owned();
    desk.books.execute(Lend { book: atlas(), loan: 2, member: "bob".into(), kind: "atlas".into() }).await?;
    desk.books.execute(TakeBack { book: atlas(), loan: 2 }).await?;
    desk.books.execute(lend(1, "ulysses", "cyd")).await?;
    desk.books.execute(lend(3, "persuasion", "eve")).await?;
    let processes = runner().add_process(loans(), desk.clone()).idle()?;
    processes.catch_up().await?;
    assert_eq!(borrowed(&desk, "ada").await?, [1]);
    assert!(borrowed(&desk, "bob").await?.is_empty() && borrowed(&desk, "cyd").await?.is_empty());
    assert_eq!(borrowed(&desk, "eve").await?, [3], "the others go on");
    // What still fails is parked anew.
    processes.begin_anew("loan", Begin::Beginning, "ada").await?;
    assert!(processes.parked("loan", None, 100).await?.is_empty());
    processes.catch_up().await?;
    assert_eq!(borrowed(&desk, "eve").await?, [3], "and nothing is done twice");
    clock.advance(3 * DAY);
    // the guide
    let decisions = log.read_stream(&StreamId::new("es.process", "loan-2")?, StreamRange::all()).await?.events;
    let decision: serde_json::Value = serde_json::from_slice(&decisions[0].payload)?;
    let due = serde_json::to_value(ManualClock::START + 7 * DAY)?;
    assert_eq!(decision["timers"][0]["set"]["at"], due, "a week after it was lent");
    let told = |place: usize| {
        let failure = parked[place].failure.as_ref();
        (&*parked[place].key, failure.map(|failure| &*failure.error))
    };
    assert_eq!(told(0), ("1", Some("it is to start instance `1`, which has been started before")));
    assert_eq!(told(1), ("2", Some("nobody has said for how many days this kind of book is lent: atlas")));
    assert_eq!(told(2), ("2", None));
    assert_eq!((parked.len(), outcome.freed, outcome.parked), (3, 2, 1));
    assert_eq!(borrowed(&desk, "bob").await?, [2]);
    assert!(borrowed(&desk, "cyd").await?.is_empty(), "it is left out");
    assert!(processes.parked("loan", None, 100).await?.is_empty());
    Ok(())
}
