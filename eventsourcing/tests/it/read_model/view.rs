//! How everybody reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsourcing::{ReadModelError, ReadModels, under};

use super::{BALANCES, BY_OWNER, COUNTS, OVERDRAWN, Owned, balance, generation, serve, served};

#[tokio::test]
async fn rows_by_key_by_range_and_by_index() {
    let (models, _owned) = served().await;
    let view = models.view("balances").expect("a view");
    assert_eq!(view.get(&BALANCES, &8).expect("no row"), None);
    let rows = view.range_rev(&BALANCES, 4..).expect("rows");
    let rows: Vec<_> = rows.map(|row| row.expect("a row").0).collect();
    assert_eq!(rows, [7, 5]);
    let rows = view.by_index(&BALANCES, &OVERDRAWN, ..).expect("rows");
    let rows: Vec<_> = rows.map(|row| row.expect("a row").1.cents).collect();
    assert_eq!(rows, [-700, -20]);
    let rows = view.by_index_rev(&BALANCES, &OVERDRAWN, -100..=0);
    let rows: Vec<_> = rows.expect("rows").map(|row| row.expect("a row")).collect();
    assert_eq!(rows, [(3, balance("ben", -20))]);
    let rows = view.by_index(&BALANCES, &BY_OWNER, under("ada".to_owned()));
    let rows: Vec<_> = rows
        .expect("rows")
        .map(|row| row.expect("a row").0)
        .collect();
    assert_eq!(rows, [5, 7]);
    // The other way round nothing is meant.
    #[expect(clippy::reversed_empty_ranges, reason = "what comes of it")]
    let none = view.count(&BALANCES, 9..2).expect("a count");
    assert_eq!(none, 0);
    assert_eq!(view.count(&COUNTS, ..).expect("no table"), 0);
}

#[tokio::test]
async fn a_projection_that_was_not_started() {
    let models = ReadModels::in_memory();
    let refused = models.view("balances").expect_err("nothing to read");
    assert_eq!(
        refused.to_string(),
        "projection `balances` has nothing to read yet: has it been started?"
    );
    // A name that was mistyped, where others have rows.
    let (others, _owned) = served().await;
    let refused = others.view("balance").expect_err("nothing to read");
    assert_eq!(
        refused.to_string(),
        "projection `balance` has nothing to read yet: has it been started, or is the name another? There are rows of: \
         balances"
    );
    // A generation that is being built is not served yet.
    let _owned = Owned::claim(&models, 1).await;
    assert!(matches!(
        models.view("balances"),
        Err(ReadModelError::NotServed { .. })
    ));
}

#[tokio::test]
async fn another_generation_takes_over() {
    let (models, first) = served().await;
    let view = models.view("balances").expect("a view");
    let second = Owned::claim(&models, 2).await;
    second
        .write(|tx| {
            tx.put(&BALANCES, &1, &balance("new", 1)).expect("a row");
        })
        .await;
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 3);
    let mut old = view.range(&BALANCES, ..).expect("rows");
    assert_eq!(old.next().expect("a row").expect("a row").0, 3);
    serve(&models, 2).await;
    // What was begun goes on where it was; what begins reads the new one.
    assert_eq!(old.next().expect("a row").expect("a row").0, 5);
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 1);
    assert_eq!(view.generation().expect("a generation"), generation(2));

    first.clear().await;
    assert_eq!(view.count(&BALANCES, ..).expect("a count"), 1);
    let found = models.generations().expect("generations");
    assert_eq!(found, [generation(0), generation(2)]);
}

#[tokio::test]
async fn a_generation_that_is_removed_during_a_scan() {
    let (models, first) = served().await;
    first
        .write(|tx| {
            for id in 0..1_000 {
                tx.put(&BALANCES, &id, &balance("x", 1)).expect("a row");
            }
        })
        .await;
    let view = models.view("balances").expect("a view");
    let rows = view.range(&BALANCES, ..).expect("rows");
    let by_index = view.by_index(&BALANCES, &BY_OWNER, ..).expect("rows");
    for (number, row) in rows.enumerate() {
        if number == 300 {
            first.clear().await;
        }
        match row {
            Ok((id, _)) => assert_eq!(id, number as u64),
            Err(ReadModelError::Replaced { generation: of }) => {
                assert_eq!(of, generation(1));
                assert!(number > 300);
                break;
            }
            Err(error) => panic!("{error}"),
        }
        assert!(number < 999, "nobody has said that the rest is missing");
    }
    let mut by_index = by_index.skip_while(Result::is_ok);
    assert!(matches!(
        by_index.next(),
        Some(Err(ReadModelError::Replaced { .. }))
    ));
    assert!(by_index.next().is_none(), "an error is the last that comes");
}

/// Readers never see one generation's rows beside another's, while projections are rebuilt over and over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rebuilding_under_readers() {
    let models = ReadModels::in_memory();
    let build = async |number: u32| {
        let owned = Owned::claim(&models, number).await;
        owned
            .write(|tx| {
                for id in 0..600 {
                    let row = balance("x", i64::from(number));
                    tx.put(&BALANCES, &id, &row).expect("a row");
                }
            })
            .await;
        serve(&models, number).await;
        owned
    };
    let mut served = build(1).await;
    let view = models.view("balances").expect("a view");
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (view, stop) = (view.clone(), stop.clone());
            tokio::task::spawn_blocking(move || {
                let (mut whole, mut replaced) = (0_u64, 0_u64);
                while !stop.load(Ordering::Relaxed) || whole == 0 {
                    let rows = view.range(&BALANCES, ..).expect("rows");
                    match rows.collect::<Result<Vec<_>, _>>() {
                        Ok(rows) => {
                            assert_eq!(rows.len(), 600);
                            let first = rows[0].1.cents;
                            assert!(rows.iter().all(|(_, row)| row.cents == first));
                            whole += 1;
                        }
                        Err(ReadModelError::Replaced { .. }) => replaced += 1,
                        Err(error) => panic!("{error}"),
                    }
                    assert!(view.get(&BALANCES, &5).expect("a lookup").is_some());
                }
                (whole, replaced)
            })
        })
        .collect();
    for number in 2..40 {
        let next = build(number).await;
        served.clear().await;
        served = next;
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        let (whole, _) = reader.await.expect("no panic");
        assert!(whole > 0);
    }
}
