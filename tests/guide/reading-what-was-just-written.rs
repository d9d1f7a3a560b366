use std::time::Duration;

use eventsourcing::{ProjectionRunner, Receipt, Waited};

use super::looking_after_read_models::{Balances, balances, deposit, deposits};

struct Outcome {
    receipt: Option<Receipt>,
}

#[tokio::test]
async fn what_was_just_written_is_waited_for() -> Result<(), Box<dyn std::error::Error>> {
    let (log, models) = deposits().await;
    let projections = ProjectionRunner::new(log.clone(), models.clone()).add(Balances).start()?;
    let receipt = deposit(&log, "3", 9).await;
    let outcome = Outcome { receipt: Some(receipt) };
    // the guide
    assert_eq!(balances(&models).last(), Some(&("3".to_owned(), 9)));
    Ok(())
}
