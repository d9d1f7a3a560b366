use eventsourcing::{Begin, MemoryStore, ProjectionOptions, ProjectionRunner, ReadModels, Repository, RepositoryExt};

use super::a_loan_from_start_to_end::{borrowed, desk, lend, loans};

#[tokio::test]
async fn the_past_is_left_out_until_somebody_wants_it() -> Result<(), Box<dyn std::error::Error>> {
    let log = MemoryStore::new();
    let desk = desk(&log);
    desk.books.execute(lend(1, "emma", "ada")).await?;
    // the guide
    assert!(processes.rebuild("loan", "ada").await.is_err());
    assert!(processes.reset("loan", "ada").await.is_err());
    Ok(())
}
