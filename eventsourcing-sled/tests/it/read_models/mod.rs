//! Read models on sled: the laws, and what only this engine has to keep.

mod opening;

use bytes::Bytes;
use eventsourcing::{
    Changes, Direction, Generation, ProjectionStore, ProjectionTx, ReadModel, ReadModels, Row,
    RowStore, RowTx,
};
use eventsourcing_sled::SledRows;
use eventsourcing_testkit::read_models::laws;

use crate::support::block_on;

const TEXTS: ReadModel<u32, String> = ReadModel::new("texts");

fn generation(number: u32) -> Generation {
    Generation::new("texts", number)
}

/// Writes to a generation, as its owner.
fn write_to(models: &ReadModels, number: u32, write: impl AsyncFnOnce(&mut RowTx)) {
    block_on(async {
        let place = generation(number);
        let epoch = models.claim(&place).await.expect("a claim");
        let mut tx = models.begin(&place, epoch).await.expect("a transaction");
        write(&mut tx).await;
        models.commit(tx).await.expect("a commit");
    });
}

/// Writes to generation 1 and has it served.
fn write(models: &ReadModels, write: impl FnOnce(&mut RowTx)) {
    write_to(models, 1, async |tx| write(tx));
    write_to(models, 0, async |tx| {
        let row = generation(1).serving_row();
        let put = ProjectionTx::put(tx, Generation::SERVING, Some(&row));
        put.await.expect("a row");
    });
}

fn text(models: &ReadModels, key: u32) -> Option<String> {
    let view = models.view("texts").expect("a view");
    view.get(&TEXTS, &key).expect("a lookup")
}

#[test]
fn they_keep_the_laws() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut number = 0;
    let open = || {
        number += 1;
        let rows = SledRows::open(dir.path().join(number.to_string()));
        ReadModels::new(rows.expect("read models"))
    };
    block_on(laws(open, 1_000..1_030));
}

/// All rows, page by page: each has three rows, or enough bytes, or is the last.
fn scanned(rows: &SledRows, place: &Generation, direction: Direction) -> Vec<Row> {
    let (mut all, mut from, mut to) = (Vec::new(), vec![0], vec![0xff]);
    loop {
        let page = rows.scan(place, &from[..]..&to[..], direction, 3);
        let page = page.expect("rows");
        let sizes = page.iter().map(|(key, value)| key.len() + value.len());
        let before_last: usize = sizes.rev().skip(1).sum();
        assert!(before_last < ReadModels::PAGE_BYTES && page.len() <= 3);
        let Some((last, _)) = page.last() else {
            return all;
        };
        match direction {
            Direction::Forward => from = [last, &[0][..]].concat(),
            Direction::Backward => to = last.to_vec(),
        }
        all.extend(page);
    }
}

/// Large rows are kept in pieces, of which none may stay when there are fewer, or be mixed with another row's.
#[test]
fn rows_of_all_sizes() {
    let dir = tempfile::tempdir().expect("a directory");
    let rows = SledRows::open(dir.path()).expect("read models");
    let place = generation(1);
    let sizes = [
        0,
        1,
        4_095,
        4_096,
        4_097,
        8_192,
        8_193,
        131_052,
        1 << 20,
        5_000,
        16 << 20,
        3,
    ];
    let key = |number: usize| Bytes::from(vec![1, u8::try_from(number % 3).expect("small")]);
    let mut expected = Changes::new();
    for (number, size) in sizes.into_iter().enumerate() {
        let value = Bytes::from(vec![u8::try_from(number).expect("small"); size]);
        let changes = Changes::from([(key(number), Some(value))]);
        rows.apply(&place, &changes, 0).expect("a change");
        expected.extend(changes);
        for direction in [Direction::Forward, Direction::Backward] {
            let found = scanned(&rows, &place, direction).into_iter();
            let found: Changes = found.map(|(key, value)| (key, Some(value))).collect();
            assert!(found == expected, "after {size} bytes");
        }
        for (key, value) in &expected {
            assert!(rows.get(&place, key).expect("a row") == *value);
        }
    }
    drop(rows);
    let blobs = std::fs::read_dir(dir.path().join("rows/blobs"));
    let blobs = blobs.map(Iterator::count).unwrap_or_default();
    assert_eq!(blobs, 0, "sled does not sync its blob files");
    let rows = SledRows::open(dir.path()).expect("read models");
    for (key, value) in &expected {
        assert!(rows.get(&place, key).expect("a row") == *value);
    }
}

/// A generation that is removed again and again leaves no space behind for good.
#[test]
fn generations_come_and_go() {
    let dir = tempfile::tempdir().expect("a directory");
    let rows = SledRows::open(dir.path()).expect("read models");
    for round in 0..30 {
        for number in 0..500_u32 {
            let changes = (0..10_u32).map(|part| {
                let key = [[1_u8, 1, 1, 1], number.to_be_bytes(), part.to_be_bytes()].concat();
                (Bytes::from(key), Some(Bytes::from(vec![7; 100])))
            });
            let place = generation(round % 2 + 1);
            rows.apply(&place, &changes.collect(), 0).expect("a change");
        }
        let former = generation((round + 1) % 2 + 1);
        rows.drop_generation(&former).expect("dropping");
        let there = rows.generations().expect("generations");
        assert_eq!(there, [generation(round % 2 + 1)]);
        let row = rows.get(&former, &[1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(row.expect("a lookup"), None);
    }
    // Half a megabyte of rows, 30 times.
    let size = rows.size().expect("a size");
    assert!(size < 60 << 20, "{size} bytes");
}

#[test]
fn they_are_there_when_opened_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let open = || ReadModels::new(SledRows::open(dir.path()).expect("read models"));
    let models = open();
    write(&models, |tx| {
        tx.put(&TEXTS, &1, &"one".into()).expect("a row");
        tx.put(&TEXTS, &2, &"x".repeat(100_000)).expect("a row");
    });
    let epoch = block_on(models.claim(&generation(1))).expect("a claim");
    drop(models);
    let models = open();
    assert_eq!(text(&models, 1).as_deref(), Some("one"));
    assert_eq!(text(&models, 2), Some("x".repeat(100_000)));
    let next = block_on(models.claim(&generation(1))).expect("a claim");
    assert_eq!(next, epoch + 1);
    let all = [generation(0), generation(1)];
    assert_eq!(models.generations().expect("generations"), all);
}
