use eventsourcing::ProjectionRunner;

use super::looking_after_read_models::{Balances, balances, deposits};

#[tokio::test]
async fn parked_events_are_seen_to() -> Result<(), Box<dyn std::error::Error>> {
    let (log, models) = deposits().await;
    let projections = ProjectionRunner::new(log.clone(), models.clone()).add(Balances).idle()?;
    projections.catch_up().await?;
    // the guide
    assert_eq!((parked.len(), outcome.parked), (2, 2));
    assert_eq!(balances(&models), [("1".to_owned(), 5), ("2".to_owned(), 7)]);
    Ok(())
}
