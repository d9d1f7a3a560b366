use std::collections::BTreeMap;
use std::error::Error;

use eventsourcing::{
    Dispatch, DispatchError, EventSourced, ExecuteOptions, MemoryStore, ProjectionRunner, ReadModels, Repository,
    RepositoryExt,
};

use super::a_loan_from_start_to_end::{Book, Lend, Loan, Loans, Member, Task};

// the guide

#[tokio::test]
async fn a_loan_begins() {
    run().await.expect("it is as the guide says");
}
