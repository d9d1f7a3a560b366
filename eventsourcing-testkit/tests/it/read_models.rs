//! The laws of read models, on the reference engine.

use eventsourcing::ReadModels;
use eventsourcing_testkit::read_models::laws;

#[tokio::test]
async fn in_memory() {
    laws(ReadModels::in_memory, 0..300).await;
}
