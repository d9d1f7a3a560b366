//! Balances of many accounts, kept in sled by a projection: each batch of events is one transaction, rows and progress.
//!
//! Floor: the loop that somebody would write who needs nothing else: `read_all`, the decoding and fold by hand, one sled
//! batch with the same rows and the position. It does not know of versions, of failing events, of rebuilding, nor whether an event was
//! left out. The second side reads the log's files by hand, too.
//!
//! Each event is about another account than the thousands before it, so no batch has two for the same row.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use eventsourcing::{
    Commit, EventStore, ExpectedVersion, Filter, Index, Position, Projection, ProjectionOptions,
    ProjectionRunner, ReadModel, ReadModels, RecordedEvent, RowTx,
};
use eventsourcing_sled::{Durability, SledRows, SledStore};
use tokio::runtime::Runtime;

use super::{fill, runtime};
use crate::Failure;
use crate::args::Args;
use crate::domain::{Account, AccountEvent};
use crate::floor::log::Log;
use crate::floor::{fold, frame};
use crate::measure::{Contest, Laps, Sample};
use crate::result::Report;

/// Events of an account.
const EVENTS: usize = 50;
/// Events in a batch, unless said otherwise.
const BATCH: usize = 500;

const BALANCES: ReadModel<u64, Account> = ReadModel::new("balances");
const BY_BALANCE: Index<u64, Account, u64> = Index::new("by_balance", |_, account| account.balance);
const RANKED: ReadModel<u64, Account> = ReadModel::new("ranked").indexed(&[&BY_BALANCE]);

pub(super) fn run(args: &Args, report: &mut Report) -> Result<(), Failure> {
    let (runtime, scratch) = (runtime()?, args.scratch()?);
    let accounts = args.size(300_000, 10_000).div_ceil(EVENTS) as u64;
    let path = scratch.path().join("store");
    runtime.block_on(in_turn(&path, accounts))?;
    let (log, store) = (Log::open(&path)?, SledStore::open(&path)?);
    let rows = Places {
        dir: scratch.path(),
        accounts,
    };
    let toolkit = |batch| {
        let (runtime, rows, store) = (&runtime, &rows, &store);
        move || rows.projected(runtime, store, Balances(BALANCES), batch)
    };
    let lines = Contest::new("projection", rows.events())
        .side("floor: read_all, fold, sled batches", "buffered", || {
            rows.by_hand(|tree| {
                let changed = Changed::default();
                runtime.block_on(read_all(&store, tree, changed))
            })
        })
        .side("by hand, from the log's files", "buffered", || {
            rows.by_hand(|tree| read_files(&log, tree))
        })
        .side("sled", "buffered", toolkit(BATCH))
        .side("sled, batches of 5,000", "buffered", toolkit(10 * BATCH))
        .side("sled, event by event", "buffered", toolkit(1))
        .run(args.rounds(5))?;
    report.lines(&lines)?;
    let lines = Contest::new("projection", rows.events())
        .side("floor: the same with an index", "buffered", || {
            rows.by_hand(|tree| {
                let changed = Changed::with_index();
                runtime.block_on(read_all(&store, tree, changed))
            })
        })
        .side("sled, with an index", "buffered", || {
            rows.projected(&runtime, &store, Balances(RANKED), BATCH)
        })
        .run(args.rounds(5))?;
    Ok(report.lines(&lines)?)
}

/// Every account's first event, then every account's second, and so on.
async fn in_turn(path: &Path, accounts: u64) -> Result<(), Failure> {
    let store = SledStore::builder()
        .durability(Durability::None)
        .open(path)?;
    for event in fill::history(EVENTS)? {
        for begin in (0..accounts).step_by(BATCH) {
            let mut commit = Commit::new();
            for account in begin..accounts.min(begin + BATCH as u64) {
                let stream = fill::stream(account)?;
                commit = commit.append(stream, ExpectedVersion::Any, vec![event.clone()]);
            }
            store.append(commit).await?;
        }
    }
    store.close();
    Ok(())
}

/// The account that a stream is about.
fn account(stream: &str) -> Result<u64, Failure> {
    let (_, number) = stream.split_once('-').ok_or("no account's stream")?;
    Ok(number.parse()?)
}

/// Where the rows are kept, anew in each round.
struct Places<'a> {
    dir: &'a Path,
    accounts: u64,
}

impl Places<'_> {
    fn events(&self) -> usize {
        usize::try_from(self.accounts).unwrap_or(usize::MAX) * EVENTS
    }

    fn path(&self) -> PathBuf {
        self.dir.join("rows")
    }

    fn check(&self, rows: u64) -> Result<(), Failure> {
        std::fs::remove_dir_all(self.path())?;
        if rows == self.accounts {
            return Ok(());
        }
        Err(format!("{rows} rows for {} accounts", self.accounts).into())
    }

    fn sample(&self, run: impl FnOnce() -> Result<(), Failure>) -> Result<Sample, Failure> {
        let laps = Laps::start(u32::MAX);
        run()?;
        let ops = self.events() as u64;
        let elapsed = laps.finish().elapsed;
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let mean = elapsed.as_secs_f64() * 1e9 / ops as f64;
        Ok(Sample {
            ops,
            elapsed,
            laps: vec![mean],
            ..Sample::default()
        })
    }

    fn by_hand(
        &self,
        run: impl FnOnce(&sled::Tree) -> Result<(), Failure>,
    ) -> Result<Sample, Failure> {
        let db = sled::Config::new()
            .path(self.path())
            .cache_capacity(64 << 20)
            .flush_every_ms(Some(250))
            .open()?;
        let tree = db.open_tree("rows")?;
        let sample = self.sample(|| run(&tree))?;
        let rows = tree.range([1]..[2]).count() as u64;
        drop((tree, db));
        self.check(rows)?;
        Ok(sample)
    }

    fn projected(
        &self,
        runtime: &Runtime,
        store: &SledStore,
        balances: Balances,
        batch: usize,
    ) -> Result<Sample, Failure> {
        let models = ReadModels::new(SledRows::open(self.path())?);
        let options = ProjectionOptions {
            batch,
            ..ProjectionOptions::default()
        };
        let table = balances.0;
        let projections = ProjectionRunner::new(store.clone(), models.clone())
            .add_with(balances, options)
            .idle()?;
        let sample = self.sample(|| Ok(runtime.block_on(projections.catch_up())?))?;
        let rows = models.view(Balances::NAME)?.count(&table, ..)?;
        drop((projections, models));
        self.check(rows)?;
        Ok(sample)
    }
}

/// What a batch changes.
#[derive(Default)]
struct Changed {
    rows: BTreeMap<u64, Change>,
    indexed: bool,
}

/// A row that is changed.
#[derive(Default)]
struct Change {
    row: Account,
    /// What the index has for it, if it is there.
    stored: Option<u64>,
}

impl Changed {
    fn with_index() -> Self {
        Self {
            indexed: true,
            ..Self::default()
        }
    }

    fn apply(
        &mut self,
        tree: &sled::Tree,
        account: u64,
        event: AccountEvent,
    ) -> Result<(), Failure> {
        let change = match self.rows.entry(account) {
            Entry::Occupied(change) => change.into_mut(),
            Entry::Vacant(place) => {
                let stored = tree.get(row_key(account))?;
                let row = stored.map(|row| serde_json::from_slice::<Account>(&row));
                let row = row.transpose()?;
                place.insert(Change {
                    stored: row.as_ref().map(|row| row.balance),
                    row: row.unwrap_or_default(),
                })
            }
        };
        fold::apply(&mut change.row, event);
        Ok(())
    }

    fn write(&mut self, tree: &sled::Tree, position: u64) -> Result<(), Failure> {
        let mut batch = sled::Batch::default();
        for (account, Change { row, stored }) in std::mem::take(&mut self.rows) {
            batch.insert(&row_key(account), serde_json::to_vec(&row)?);
            if self.indexed && stored != Some(row.balance) {
                if let Some(stored) = stored {
                    batch.remove(&index_key(stored, account));
                }
                batch.insert(&index_key(row.balance, account), &[]);
            }
        }
        batch.insert(POSITION, &position.to_be_bytes());
        Ok(tree.apply_batch(batch)?)
    }
}

const POSITION: &[u8] = &[0];

fn row_key(account: u64) -> [u8; 9] {
    let mut key = [1; 9];
    key[1..].copy_from_slice(&account.to_be_bytes());
    key
}

fn index_key(balance: u64, account: u64) -> [u8; 17] {
    let mut key = [2; 17];
    key[1..9].copy_from_slice(&balance.to_be_bytes());
    key[9..].copy_from_slice(&account.to_be_bytes());
    key
}

async fn read_all(
    store: &SledStore,
    tree: &sled::Tree,
    mut changed: Changed,
) -> Result<(), Failure> {
    let (mut after, filter) = (Position::START, Filter::all());
    loop {
        let page = store.read_all(after, &filter, BATCH).await?;
        for event in &page.events {
            let decoded = fold::decode(&event.event_type, event.schema_version, &event.payload)?;
            changed.apply(tree, account(event.stream.as_str())?, decoded)?;
        }
        changed.write(tree, page.next.get())?;
        if page.next >= page.head {
            return Ok(());
        }
        after = page.next;
    }
}

fn read_files(log: &Log, tree: &sled::Tree) -> Result<(), Failure> {
    let (mut position, mut changed) = (0, Changed::default());
    log.each_frame(|_, bytes| {
        frame::parse(bytes, |event| {
            let decoded = fold::decode(event.name, event.version, event.payload)?;
            changed.apply(tree, account(event.stream)?, decoded)?;
            position += 1;
            if position % BATCH as u64 == 0 {
                changed.write(tree, position)?;
            }
            Ok(())
        })
    })?;
    changed.write(tree, position)
}

/// The projection.
struct Balances(ReadModel<u64, Account>);

impl Projection for Balances {
    const NAME: &'static str = "balances";
    const VERSION: u32 = 1;

    type View = AccountEvent;
    type Tx = RowTx;
    type Error = Failure;

    async fn handle(
        &self,
        event: AccountEvent,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), Failure> {
        let account = account(recorded.stream.as_str())?;
        Ok(tx.update(&self.0, &account, |row| fold::apply(row, event))?)
    }
}
