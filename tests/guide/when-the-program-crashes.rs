use eventsourcing::{
    Dispatch, DispatchError, ExecuteOptions, MemoryStore, ProjectionRunner, ReadModels, Repository, RepositoryExt,
};
use eventsourcing_testkit::history::drop_after;

use super::a_loan_from_start_to_end::{Leave, Task, desk as desk_on, lend, loans};
use super::run_it::Desk;

#[tokio::test]
async fn nothing_is_done_twice_and_nothing_forgotten() -> Result<(), Box<dyn std::error::Error>> {
    let log = MemoryStore::new();
    let desk = desk_on(&log);
    desk.books.execute(lend(1, "emma", "ada")).await?;
    desk.members.execute(Leave { member: "bob".into() }).await?;
    desk.books.execute(lend(2, "ulysses", "bob")).await?;
    // the guide
    assert_eq!(desk.books.load(&"ulysses".into()).await?.version().get(), 2, "lent, and taken back once");
    Ok(())
}
