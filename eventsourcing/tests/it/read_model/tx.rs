//! What happens in a transaction.

use eventsourcing::{
    ProjectionStore, ProjectionStoreError, ProjectionTx, ReadModelError, ReadModels, under,
};

use super::{BALANCES, BY_OWNER, COUNTS, Owned, balance, generation, serve, served};

#[tokio::test]
async fn it_sees_its_own_writes_and_nobody_else_does() {
    let (models, owned) = served().await;
    let view = models.view("balances").expect("a view");
    let mut tx = owned.begin().await;
    tx.update(&BALANCES, &7, |balance| balance.cents += 1)
        .expect("a change");
    tx.delete(&BALANCES, &3).expect("a removal");
    tx.put(&BALANCES, &4, &balance("eve", 0)).expect("a row");
    let changed = tx.replace(&BALANCES, &5, |old| {
        assert_eq!(old, Some(balance("ada", -700)));
        None
    });
    changed.expect("a change");
    let rows = tx.range(&BALANCES, ..).expect("rows");
    let rows: Vec<_> = rows.map(|row| row.expect("a row")).collect();
    assert_eq!(rows, [(4, balance("eve", 0)), (7, balance("ada", 501))]);
    let named = tx.by_index(&BALANCES, &BY_OWNER, under("ada".to_owned()));
    let named: Vec<_> = named
        .expect("rows")
        .map(|row| row.expect("a row").0)
        .collect();
    assert_eq!(named, [7]);
    assert_eq!(tx.count(&BALANCES, 5..).expect("a count"), 1);
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 3);
    assert_eq!(view.get(&BALANCES, &4).expect("no row"), None);

    models.commit(tx).await.expect("a commit");
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 2);
    assert_eq!(
        view.get(&BALANCES, &7).expect("a row"),
        Some(balance("ada", 501))
    );
}

#[tokio::test]
async fn dropping_it_takes_everything_back() {
    let (models, owned) = served().await;
    let mut tx = owned.begin().await;
    tx.delete(&BALANCES, &7).expect("a removal");
    tx.put(&COUNTS, &("ada".into(), 1), &1).expect("a row");
    drop(tx);
    let view = models.view("balances").expect("a view");
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 3);
    assert_eq!(view.count(&COUNTS, ..).expect("a count"), 0);
}

#[tokio::test]
async fn two_that_read_what_the_other_changes() {
    let (models, owned) = served().await;
    let (mut one, mut other) = (owned.begin().await, owned.begin().await);
    // A move of money each, from the same account: one of them must not count.
    for tx in [&mut one, &mut other] {
        tx.update(&BALANCES, &7, |balance| balance.cents -= 400)
            .expect("a change");
    }
    models.commit(one).await.expect("the first");
    let refused = models.commit(other).await.expect_err("the second");
    assert!(
        matches!(&refused, ProjectionStoreError::Conflict { generation: of } if *of == generation(1)),
        "{refused:?}"
    );
    let view = models.view("balances").expect("a view");
    let row = view.get(&BALANCES, &7).expect("a row");
    assert_eq!(row, Some(balance("ada", 100)));
}

#[tokio::test]
async fn a_row_that_appears_in_a_range_that_was_read() {
    let (models, owned) = served().await;
    let (mut one, mut other) = (owned.begin().await, owned.begin().await);
    let sum = |tx: &mut eventsourcing::RowTx| -> i64 {
        let rows = tx
            .by_index(&BALANCES, &BY_OWNER, under("ada".to_owned()))
            .expect("rows");
        rows.map(|row| row.expect("a row").1.cents).sum()
    };
    assert_eq!((sum(&mut one), sum(&mut other)), (-200, -200));
    one.put(&BALANCES, &90, &balance("ada", 1)).expect("a row");
    other
        .put(&BALANCES, &91, &balance("ada", 1))
        .expect("a row");
    models.commit(one).await.expect("the first");
    let refused = models.commit(other).await;
    assert!(
        matches!(refused, Err(ProjectionStoreError::Conflict { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn two_that_have_nothing_to_do_with_each_other() {
    let (models, owned) = served().await;
    let (mut one, mut other) = (owned.begin().await, owned.begin().await);
    for (tx, id) in [(&mut one, 3), (&mut other, 7)] {
        tx.update(&BALANCES, &id, |balance| balance.cents = 1)
            .expect("a change");
    }
    models.commit(one).await.expect("the first");
    models.commit(other).await.expect("the second");
}

#[tokio::test]
async fn one_that_was_taken_over() {
    let (models, owned) = served().await;
    let mut tx = owned.begin().await;
    tx.delete(&BALANCES, &7).expect("a removal");
    let next = Owned::claim(&models, 1).await;
    assert_eq!(next.epoch, owned.epoch + 1);
    for refused in [
        models.commit(tx).await,
        models.begin(&owned.generation, owned.epoch).await.map(drop),
        models.clear(&owned.generation, owned.epoch).await,
    ] {
        match refused.expect_err("it was taken over") {
            ProjectionStoreError::Fenced { epoch, actual, .. } => {
                assert_eq!((epoch, actual), (owned.epoch, next.epoch));
            }
            error => panic!("{error}"),
        }
    }
    assert_eq!(next.begin().await.count(&BALANCES, ..).expect("a count"), 3);
}

#[tokio::test]
async fn clearing_keeps_the_epoch() {
    let models = ReadModels::in_memory();
    for number in [0, 1] {
        let owned = Owned::claim(&models, number).await;
        let mut tx = owned.begin().await;
        for key in [&b"\0a"[..], b"\0b"] {
            ProjectionTx::put(&mut tx, key, Some(b"1"))
                .await
                .expect("a row");
        }
        tx.put(&COUNTS, &("a".into(), 1), &1).expect("a row");
        models.commit(tx).await.expect("a commit");
        let mut before = owned.begin().await;
        assert_eq!(before.count(&COUNTS, ..).expect("a count"), 1);
        owned.clear().await;
        let refused = models.commit(before).await;
        assert!(matches!(
            refused,
            Err(ProjectionStoreError::Conflict { .. })
        ));
        let mut tx = owned.begin().await;
        let row = ProjectionTx::get(&mut tx, b"\0a").await.expect("a lookup");
        assert_eq!(row, None);
        assert_eq!(tx.count(&COUNTS, ..).expect("a count"), 0);
        let next = models.claim(&owned.generation).await.expect("a claim");
        assert_eq!(next, owned.epoch + 1);
    }
}

type Count = Result<((String, u32), u64), ReadModelError>;

/// More than a page, forward and backward, with own changes in between.
#[tokio::test]
async fn long_ranges() {
    let (models, owned) = served().await;
    let key = |number: u32| ("n".to_owned(), number);
    owned
        .write(|tx| {
            for number in 0..3_000 {
                tx.put(&COUNTS, &key(number), &1).expect("a row");
            }
            for owner in ["m", "o"] {
                tx.put(&COUNTS, &(owner.into(), 5), &1).expect("a row");
            }
        })
        .await;
    let mut tx = owned.begin().await;
    for number in (0..3_000).filter(|number| number % 3 == 0) {
        tx.delete(&COUNTS, &key(number)).expect("a removal");
    }
    tx.put(&COUNTS, &key(9_000), &2).expect("a row");
    let expected: Vec<_> = (0..3_000)
        .filter(|number| number % 3 != 0)
        .chain([9_000])
        .collect();
    let numbers = |rows: Vec<Count>| -> Vec<u32> {
        rows.into_iter()
            .map(|row| row.expect("a row").0.1)
            .collect()
    };
    let rows = tx.range(&COUNTS, under("n".to_owned())).expect("rows");
    assert_eq!(numbers(rows.collect()), expected);
    let rows = tx.range_rev(&COUNTS, under("n".to_owned())).expect("rows");
    let backward: Vec<_> = expected.iter().copied().rev().collect();
    assert_eq!(numbers(rows.collect()), backward);
    models.commit(tx).await.expect("a commit");
    serve(&models, 1).await;
    let view = models.view("balances").expect("a view");
    let rows = view.range(&COUNTS, key(10)..key(2_000)).expect("rows");
    let middle = expected.iter().copied();
    let middle: Vec<_> = middle
        .filter(|number| (10..2_000).contains(number))
        .collect();
    assert_eq!(numbers(rows.collect()), middle);
}
