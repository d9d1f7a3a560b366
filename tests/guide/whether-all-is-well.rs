use std::time::Duration;

use eventsourcing::{ProjectionOptions, ProjectionRunner, ProjectionState, WaitError};

use super::looking_after_read_models::{Balances, deposit, deposits};

#[tokio::test]
async fn a_projection_that_has_stopped_is_told() -> Result<(), Box<dyn std::error::Error>> {
    let (log, models) = deposits().await;
    let options = ProjectionOptions { max_parked: 0, ..ProjectionOptions::default() };
    let projections = ProjectionRunner::new(log.clone(), models).add_with(Balances, options).start()?;
    let receipt = deposit(&log, "3", 1).await;
    let waited = projections.wait_for("balances", &receipt, Duration::from_secs(60)).await;
    assert!(matches!(waited, Err(WaitError::Stopped { .. })), "{waited:?}");
    // the guide
    let status = projections.status("balances").await?;
    assert!(matches!(status.state, ProjectionState::Stopped(_)), "{status:?}");
    projections.shutdown().await;
    Ok(())
}
