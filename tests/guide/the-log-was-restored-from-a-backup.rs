use eventsourcing::{Begin, Bus, EventStore, Filter, Position, ProjectionRunner, PublishError, RecordedEvent};

use super::looking_after_read_models::{deposit, deposits};

#[derive(Clone, Default)]
struct Mail(std::sync::Arc<std::sync::Mutex<Vec<u64>>>);

impl Bus for Mail {
    async fn publish(&self, event: &RecordedEvent) -> Result<(), PublishError> {
        self.0.lock().expect("no panic inside").push(event.position.get());
        Ok(())
    }
}

#[tokio::test]
async fn it_goes_on_where_somebody_says() -> Result<(), Box<dyn std::error::Error>> {
    let (lost, models) = deposits().await;
    let (log, _) = deposits().await;
    let mail = Mail::default();
    for position in [4, 5] {
        deposit(&lost, "1", position).await;
    }
    let all = Filter::all().category("account");
    let before = ProjectionRunner::new(lost, models.clone()).add_publisher("mail", all.clone(), mail.clone()).idle()?;
    before.catch_up().await?;
    let restored_until = log.head().await?;
    deposit(&log, "3", 1).await;

    let projections = ProjectionRunner::new(log, models).add_publisher("mail", all, mail.clone()).idle()?;
    // the guide
    assert_eq!(*mail.0.lock().expect("no panic inside"), [1, 2, 3, 4, 5, 4]);
    Ok(())
}
