use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{Clock, MemoryStore, ProjectionRunner, ReadModels, Repository, RepositoryExt};
use eventsourcing_testkit::ManualClock;

use super::a_loan_from_start_to_end::{DAY, TakeBack, desk, lend, loans, reminders};

#[tokio::test]
async fn a_reader_is_reminded_when_the_book_is_due() -> Result<(), Box<dyn std::error::Error>> {
    let guide = async {
        // the guide
        assert_eq!(reminders(&desk, "bob").await?, ["ulysses"]);
        assert_eq!(reminders(&desk, "ada").await?, ["emma"]);
        assert!(clock.now() >= due);

        // What came in time counts, also if the process comes later.
        desk.books.execute(lend(3, "persuasion", "eve")).await?;
        clock.advance(13 * DAY);
        desk.books.execute(TakeBack { book: "persuasion".into(), loan: 3 }).await?;
        clock.advance(13 * DAY);
        processes.catch_up().await?;
        assert_eq!(desk.members.load(&"eve".into()).await?.state().loans, [3]);
        assert!(reminders(&desk, "eve").await?.is_empty());
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(60), guide).await?
}
