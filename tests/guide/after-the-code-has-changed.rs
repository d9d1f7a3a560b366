use eventsourcing::{CutOver, ProjectionOptions, ProjectionRunner};

use super::looking_after_read_models::{Balances, balances, deposits};

mod v2 {
    use eventsourcing::{Projection, RecordedEvent, RowTx};

    use super::super::looking_after_read_models::{BALANCES, Deposited, FoldError, Seen};

    pub struct Balances;

    impl Projection for Balances {
        const NAME: &'static str = "balances";
        const VERSION: u32 = 2;
        type View = Seen;
        type Tx = RowTx;
        type Error = FoldError;

        async fn handle(&self, event: Seen, recorded: &RecordedEvent, tx: &mut RowTx) -> Result<(), FoldError> {
            let Seen::Deposited(Deposited { cents }) = event;
            let account = recorded.stream.id().to_owned();
            Ok(tx.update(&BALANCES, &account, |balance| *balance += cents)?)
        }
    }
}

#[tokio::test]
async fn another_version_is_taken_into_use() -> Result<(), Box<dyn std::error::Error>> {
    let (log, models) = deposits().await;
    let before = ProjectionRunner::new(log.clone(), models.clone()).add(Balances).idle()?;
    before.catch_up().await?;
    assert_eq!(balances(&models), [("1".to_owned(), 5)]);
    // the guide
    assert_eq!(balances(&models), [("1".to_owned(), 5), ("2".to_owned(), 7)]);
    assert!(projections.status("balances").await?.former.is_none());
    Ok(())
}
