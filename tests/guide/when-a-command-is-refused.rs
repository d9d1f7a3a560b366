use eventsourcing::{EventSourced, EventStore, MemoryStore, ProjectionRunner, ReadModels, Repository, RepositoryExt};

use super::a_loan_from_start_to_end::{Leave, Loan, desk, lend, loans};

#[tokio::test]
async fn the_book_is_taken_back() -> Result<(), Box<dyn std::error::Error>> {
    let log = MemoryStore::new();
    let desk = desk(&log);
    let rows = ReadModels::in_memory();
    let processes = ProjectionRunner::new(log.clone(), rows).add_process(loans(), desk.clone()).idle()?;
    // the guide
    let end = log.head().await?;
    processes.catch_up().await?;
    assert_eq!(log.head().await?, end, "the loan has ended, and nothing follows");
    assert!(processes.parked("loan", None, 1).await?.is_empty());
    Ok(())
}
