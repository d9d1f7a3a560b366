//! Handles that do not fit what is stored, values that do not fit at all.

use std::sync::Arc;

use eventsourcing::{
    Index, MemoryRows, ProjectionStore, ProjectionStoreError, ProjectionTx, ReadModel,
    ReadModelError, ReadModels,
};

use super::{
    BALANCES, BY_OWNER, Balance, COUNTS, OVERDRAWN, Owned, balance, generation, served, served_in,
};

/// What a transaction says about a failure, twice: to whoever meets it, and to the runner.
fn message(tx: &impl ProjectionTx, error: &ReadModelError) -> String {
    let known = tx.failure().expect("the runner knows of it");
    assert_eq!(known.to_string(), error.to_string());
    error.to_string()
}

#[tokio::test]
async fn the_same_name_with_other_types() {
    let (models, owned) = served().await;
    let other: ReadModel<u64, String> = ReadModel::new("balances");
    let mut tx = owned.begin().await;
    let error = tx.get(&other, &7).expect_err("another type");
    let text = message(&tx, &error);
    assert!(
        text.contains("`balances`") && text.contains("alloc::string::String"),
        "{text}"
    );
    assert!(text.contains("read_model::Balance"), "{text}");
    let refused = models.commit(tx).await.expect_err("nothing is committed");
    assert!(matches!(refused, ProjectionStoreError::Misused { .. }));
    let view = models.view("balances").expect("a view");
    view.get(&other, &7).expect_err("another type");
}

/// The same rows twice: with some balances in them, and as another program opens them later.
async fn two_programs() -> (Owned, Owned) {
    let rows = Arc::new(MemoryRows::default());
    let (_, first) = served_in(ReadModels::new(rows.clone())).await;
    let later = Owned {
        models: ReadModels::new(rows),
        generation: first.generation.clone(),
        epoch: first.epoch,
    };
    (first, later)
}

/// Another program, which has no other handle to compare with.
#[tokio::test]
async fn another_kind_of_keys_than_stored() {
    let (first, owned) = two_programs().await;
    first
        .write(|tx| tx.put(&COUNTS, &("a".into(), 1), &1).expect("a row"))
        .await;
    let other: ReadModel<u32, u64> = ReadModel::new("counts");
    let mut tx = owned.begin().await;
    let error = tx.put(&other, &1, &1).expect_err("another key");
    let text = message(&tx, &error);
    assert!(
        text.contains("keys of kind (string, u32)") && text.contains("keys of kind u32"),
        "{text}"
    );
    assert!(text.contains("count up the projection's version"), "{text}");
}

#[tokio::test]
async fn an_index_that_was_added_later() {
    const BY_CENTS: Index<u64, Balance, i64> = Index::new("by_cents", |_, balance| balance.cents);
    const MORE: ReadModel<u64, Balance> =
        ReadModel::new("balances").indexed(&[&BY_OWNER, &OVERDRAWN, &BY_CENTS]);
    let (_first, owned) = two_programs().await;
    let mut tx = owned.begin().await;
    let error = tx.by_index(&MORE, &BY_CENTS, ..).err().expect("no rows");
    let text = message(&tx, &error);
    assert!(text.contains("index `by_cents` of kind i64"), "{text}");
}

#[tokio::test]
async fn an_index_that_the_table_does_not_have() {
    let (models, _owned) = served().await;
    let elsewhere: Index<u64, Balance, String> =
        Index::new("by_name", |_, balance| balance.owner.clone());
    let view = models.view("balances").expect("a view");
    let error = view.by_index(&BALANCES, &elsewhere, ..).err();
    let text = error.expect("no such index").to_string();
    assert!(
        text.contains("`balances`") && text.contains("`by_name`"),
        "{text}"
    );
}

#[tokio::test]
async fn keys_and_values_that_are_too_large() {
    let (models, owned) = served().await;
    let mut tx = owned.begin().await;
    let long = "x".repeat(1_100);
    let error = tx
        .put(&COUNTS, &(long.clone(), 1), &1)
        .expect_err("too long");
    assert_eq!(
        error.to_string(),
        "a key of table `counts` of projection balances#1 has 1114 bytes; the limit is 1024"
    );
    // Also where only an index has it.
    let error = tx.put(&BALANCES, &1, &balance(&long, 0));
    let error = error.expect_err("too long");
    assert!(
        matches!(error, ReadModelError::TooLarge { what: "key", .. }),
        "{error:?}"
    );
    let blob: ReadModel<u8, String> = ReadModel::new("blobs");
    let error = tx
        .put(&blob, &1, &"x".repeat(16 << 20))
        .expect_err("too large");
    assert!(
        matches!(error, ReadModelError::TooLarge { what: "value", .. }),
        "{error:?}"
    );
    // That is the event's fault: others may go on.
    assert!(tx.failure().is_none());
    tx.put(&blob, &1, &"x".repeat(8 << 20)).expect("it fits");
    models.commit(tx).await.expect("a commit");
    let view = models.view("balances").expect("a view");
    let row = view.get(&blob, &1).expect("a row").expect("a row");
    assert_eq!(row.len(), 8 << 20);
    assert_eq!(view.count(&COUNTS, ..).expect("a count"), 0);
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 3);
}

#[tokio::test]
async fn values_that_are_no_json() {
    let (_models, owned) = served().await;
    let pairs: ReadModel<u8, std::collections::BTreeMap<(u8, u8), u8>> = ReadModel::new("pairs");
    let mut tx = owned.begin().await;
    let value = [((1, 2), 3)].into();
    let error = tx.put(&pairs, &9, &value).expect_err("no JSON");
    let text = error.to_string();
    assert!(text.contains("the value for 9 in table `pairs`"), "{text}");
    assert!(matches!(error, ReadModelError::Value { .. }));
    assert!(tx.failure().is_none());
    assert_eq!(generation(1), *tx.generation());
}
