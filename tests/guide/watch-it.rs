use std::time::Duration;

use eventsourcing::{
    EventStoreExt, Filter, MemoryStore, ProjectionRunner, ProjectionState, ReadModels, RepositoryExt,
};

use super::a_loan_from_start_to_end::{desk, lend, loans};

#[tokio::test]
async fn it_is_told_how_far_it_is() -> Result<(), Box<dyn std::error::Error>> {
    let log = MemoryStore::new();
    let desk = desk(&log);
    let rows = ReadModels::in_memory();
    let processes = ProjectionRunner::new(log.clone(), rows).add_process(loans(), desk.clone()).idle()?;
    desk.books.execute(lend(1, "emma", "ada")).await?;
    processes.catch_up().await?;
    // the guide
    let serving = serving_of(&status);
    assert_eq!(serving, (ProjectionState::Idle, Some(Duration::ZERO), 0));
    let types: Vec<_> = chain.events.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["book.lent", "loan.began", "es.process.reacted", "member.borrowed"]);
    Ok(())
}

fn serving_of(status: &eventsourcing::ProjectionStatus) -> (ProjectionState, Option<Duration>, u64) {
    let serving = status.serving.as_ref().expect("it has run");
    (status.state.clone(), serving.late, serving.parked)
}
