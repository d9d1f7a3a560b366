use eventsourcing::ProjectionRunner;

use super::looking_after_read_models::{Balances, deposits};

#[tokio::test]
async fn nothing_is_missing() -> Result<(), Box<dyn std::error::Error>> {
    let (log, models) = deposits().await;
    let projections = ProjectionRunner::new(log.clone(), models.clone()).add(Balances).idle()?;
    projections.catch_up().await?;
    // the guide
    assert!(is_complete && is_up_to_date);
    let serving = projections.status("balances").await?.serving;
    assert_eq!(serving.map(|generation| generation.number), Some(2));
    Ok(())
}
