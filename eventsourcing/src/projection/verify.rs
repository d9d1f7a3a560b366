//! Verifying that a projection has seen every event: its books against the log, read anew.

use std::collections::BTreeMap;

use super::catalogue;
use super::digest::{Digest, Seen};
use super::error::RunnerError;
use super::handler::{Handler, key_of};
use super::history::event_at;
use super::parking::ParkedEvent;
use super::partition::Partition;
use super::progress::{BLOCK, Progress, block_of};
use super::projections::Projections;
use super::rows;
use super::store::{Generation, ProjectionStore, ProjectionStoreError, ProjectionTx};
use crate::store::{EventStore, StreamRange};
use crate::version::Position;

/// Which events a projection has seen, compared with the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The projection.
    pub projection: String,
    /// The generation that was looked at: the one that is read.
    pub generation: u32,
    /// Up to here the log was compared.
    pub position: Position,
    /// Where the log ended then. What lies between is still to be handled.
    pub head: Position,
    /// Events whose effects are in the rows.
    pub applied: u64,
    /// Events that failed or wait behind one that did.
    pub parked: u64,
    /// Events that somebody decided to leave out.
    pub skipped: u64,
    /// Where the books differ from the log, the first hundred places in its order.
    pub differences: Vec<Difference>,
    /// How many places differ.
    pub differing: u64,
}

/// A stretch of the log in which a projection has not seen each event once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// First position of the stretch.
    pub from: Position,
    /// Last position of the stretch.
    pub to: Position,
    /// What differs.
    pub kind: DifferenceKind,
}

/// What a projection has seen otherwise than it is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// It has not seen this event.
    Missing(Seen),
    /// It has seen this event twice.
    Doubled(Seen),
    /// It has seen this event, which the log does not have there, or not for this projection.
    Foreign(Seen),
    /// More than one event differs: so many more were seen than there are, or fewer; 0 if some were seen instead of others.
    Several(i64),
    /// The sums beside the progress, or the rows of parked events, do not add up to what was seen.
    Books,
}

impl Coverage {
    /// Whether every event up to [`Coverage::position`] was seen once. It says nothing about how far that is: compare it with
    /// [`Coverage::head`].
    pub fn is_complete(&self) -> bool {
        self.differing == 0
    }
}

/// Places that are told one by one.
const TOLD: usize = 100;

/// Rows read at a time.
const PAGE: usize = 1_000;

/// How often the rows are read anew if the projection goes on meanwhile, in another process.
const ATTEMPTS: usize = 100;

/// The books of a partition as they were at one moment.
struct Kept {
    partition: Partition,
    progress: Option<Progress>,
    /// By block: what was seen.
    blocks: BTreeMap<u64, Digest>,
    /// Whether sums, blocks and rows of parked events agree.
    adds_up: bool,
}

impl<P: ProjectionStore> Projections<P> {
    /// Compares what a projection has seen with the log, which is read anew through the projection's filter. It may run; it is
    /// held still while its books are read, not while the log is.
    ///
    /// A process manager or publisher whose filter was changed was shown other events before: what today's filter says otherwise of
    /// them is told as differences, up to where the change came. After [`Projections::begin_anew`] only what lies behind that position is compared.
    ///
    /// In which partition an event was seen is no difference, once both have come past it: code that was mended may say otherwise than before what
    /// an event is about. Before that it is told as one, as the event will be handled twice or left out. The order within a key is not looked at.
    ///
    /// # Errors
    /// [`RunnerError::NeverRun`], [`RunnerError::OtherCode`]; else see [`RunnerError`].
    pub async fn verify(&self, name: &str) -> Result<Coverage, RunnerError> {
        let entry = self.entry(name)?;
        let quiet = self.quiet(entry).await;
        let catalogue = catalogue::read(&*self.site.rows, name).await?;
        let never = || RunnerError::NeverRun { name: name.into() };
        let catalogue = catalogue.ok_or_else(never)?;
        let generation = Generation::new(entry.name.clone(), catalogue.serving);
        let build = catalogue.generations.get(&generation.number);
        let build = build.ok_or_else(never)?;
        let Some(handler) = entry.handler(build.fingerprint) else {
            return Err(RunnerError::OtherCode {
                name: name.into(),
                fingerprint: build.fingerprint,
            });
        };
        let mut kept = Vec::new();
        for partition in Partition::all(build.partitions) {
            kept.push(self.kept(&generation, partition).await?);
        }
        drop(quiet);
        let head = self.site.events.head().await?;
        let left = self
            .without_log(&**handler, catalogue.base, head, &kept)
            .await?;
        let progress = || kept.iter().filter_map(|kept| kept.progress);
        let positions = kept.iter().map(|kept| kept.position(catalogue.base));
        let mut coverage = Coverage {
            projection: name.into(),
            generation: generation.number,
            position: positions.min().unwrap_or(catalogue.base),
            head,
            applied: progress().map(|progress| progress.applied.count()).sum(),
            parked: progress().map(|progress| progress.parked.count()).sum(),
            skipped: progress().map(|progress| progress.skipped.count()).sum(),
            differences: Vec::new(),
            differing: 0,
        };
        for kept in kept.iter().filter(|kept| !kept.adds_up) {
            let end = kept.position(catalogue.base);
            coverage.tell(catalogue.base, end, DifferenceKind::Books);
        }
        let end = kept.iter().map(|kept| kept.position(catalogue.base)).max();
        let compared = (catalogue.base, end.unwrap_or(catalogue.base));
        self.judge(&**handler, compared, &left, &mut coverage)
            .await?;
        Ok(coverage)
    }

    /// The books of a partition, as they are at one moment.
    async fn kept(
        &self,
        generation: &Generation,
        partition: Partition,
    ) -> Result<Kept, RunnerError> {
        let rows = &*self.site.rows;
        for _ in 0..ATTEMPTS {
            let mut tx = rows.read(generation).await?;
            let kept = read_kept(&mut tx, generation, partition).await?;
            let mut again = rows.read(generation).await?;
            let key = rows::progress(partition.index);
            if rows::get(&mut again, generation, &key).await? == kept.progress {
                return Ok(kept);
            }
        }
        Err(RunnerError::Unavailable {
            name: generation.projection.to_string(),
            why: "it goes on elsewhere faster than its books can be read; pause it there".into(),
        })
    }

    /// What was seen by block, in whichever partition, with each event of the log taken away from it: nothing is left where both agree.
    async fn without_log(
        &self,
        handler: &dyn Handler<P::Tx>,
        base: Position,
        head: Position,
        kept: &[Kept],
    ) -> Result<BTreeMap<u64, Digest>, RunnerError> {
        let mut left = BTreeMap::<u64, Digest>::new();
        for (number, digest) in kept.iter().flat_map(|kept| &kept.blocks) {
            *left.entry(*number).or_default() += *digest;
        }
        let (filter, mut after) = (handler.filter(), base);
        let end = kept.iter().map(|kept| kept.position(base)).max();
        let end = end.unwrap_or(base).min(head);
        while after < end {
            let limit = StreamRange::DEFAULT_LIMIT;
            let page = self.site.events.read_all(after, &filter, limit).await?;
            for event in &page.events {
                let key = key_of(handler, event);
                let kept = kept.iter().find(|kept| kept.partition.has(&key));
                if kept.is_some_and(|kept| event.position <= kept.position(base)) {
                    let block = left.entry(block_of(event.position)).or_default();
                    block.remove(event.into());
                }
            }
            after = page.next;
        }
        Ok(left)
    }

    /// What is left differs.
    async fn judge(
        &self,
        handler: &dyn Handler<P::Tx>,
        (base, end): (Position, Position),
        left: &BTreeMap<u64, Digest>,
        coverage: &mut Coverage,
    ) -> Result<(), RunnerError> {
        for (block, left) in left {
            if *left == Digest::default() {
                continue;
            }
            let from = Position::new((block * BLOCK).max(base.get() + 1));
            let to = Position::new(((block + 1) * BLOCK - 1).min(end.get()).max(from.get()));
            let kind = if let Some(missing) = (Digest::default() - *left).single() {
                DifferenceKind::Missing(missing)
            } else if let Some(seen) = left.single() {
                let event = event_at(&*self.site.events, seen.position).await;
                let event =
                    event.map_err(|trouble| RunnerError::of(&coverage.projection, trouble))?;
                let wanted = event
                    .filter(|event| Seen::from(event) == seen && handler.filter().matches(event));
                match wanted {
                    Some(_) => DifferenceKind::Doubled(seen),
                    None => DifferenceKind::Foreign(seen),
                }
            } else {
                DifferenceKind::Several(left.surplus())
            };
            coverage.tell(from, to, kind);
        }
        Ok(())
    }
}

impl Kept {
    fn position(&self, base: Position) -> Position {
        self.progress.map_or(base, |progress| progress.position)
    }
}

impl Coverage {
    fn tell(&mut self, from: Position, to: Position, kind: DifferenceKind) {
        self.differing += 1;
        if self.differences.len() < TOLD {
            self.differences.push(Difference { from, to, kind });
        }
    }
}

async fn read_kept(
    tx: &mut impl ProjectionTx,
    generation: &Generation,
    partition: Partition,
) -> Result<Kept, ProjectionStoreError> {
    let key = rows::progress(partition.index);
    let progress: Option<Progress> = rows::get(tx, generation, &key).await?;
    let (mut blocks, mut seen) = (BTreeMap::new(), Digest::default());
    let (prefix, mut after) = (rows::blocks(partition.index), None);
    loop {
        let page = rows::scan(tx, &prefix, after.as_deref(), PAGE).await?;
        for (key, value) in &page {
            let damaged = || rows::damaged(generation, key, &"it is no digest");
            let digest = Digest::from_bytes(value).ok_or_else(damaged)?;
            let number = rows::block_number(key).ok_or_else(damaged)?;
            seen += digest;
            blocks.insert(number, digest);
        }
        match page.last() {
            Some((key, _)) if page.len() == PAGE => after = Some(key.clone()),
            _ => break,
        }
    }
    let parked = read_parked(tx, generation, partition).await?;
    let adds_up = match &progress {
        Some(progress) => progress.accounted() == seen && progress.parked == parked,
        None => seen == Digest::default() && parked == Digest::default(),
    };
    Ok(Kept {
        partition,
        progress,
        blocks,
        adds_up,
    })
}

/// What the rows of a partition's parked events add up to.
async fn read_parked(
    tx: &mut impl ProjectionTx,
    generation: &Generation,
    partition: Partition,
) -> Result<Digest, ProjectionStoreError> {
    let (mut parked, prefix, mut after) = (Digest::default(), rows::all_waiting(), None);
    loop {
        let page = rows::scan(tx, &prefix, after.as_deref(), PAGE).await?;
        for (key, value) in &page {
            let event: ParkedEvent = rows::parse(generation, key, value)?;
            if partition.has(&event.key) {
                parked.add(event.seen());
            }
        }
        match page.last() {
            Some((key, _)) if page.len() == PAGE => after = Some(key.clone()),
            _ => return Ok(parked),
        }
    }
}
