//! [`Catalogue`]: the generations of a projection, which of them is read, and what somebody has decided about them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decided::Anew;
use super::fingerprint::Fingerprint;
use super::rows;
use super::store::{Generation, ProjectionStore, ProjectionStoreError, ProjectionTx};
use crate::ids::EventId;
use crate::time::Timestamp;
use crate::version::Position;

/// More than there have been generations since the one that is read was begun.
const BEYOND: u32 = 1_000;

/// A row of generation 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Catalogue {
    /// Behind this position the projection begins, in every generation.
    pub(super) base: Position,
    /// The number of the generation that is built next.
    next: u32,
    pub(super) serving: u32,
    pub(super) building: Option<u32>,
    /// The one that was read before.
    pub(super) former: Option<u32>,
    pub(super) generations: BTreeMap<u32, Build>,
    /// Generations whose rows are to be removed.
    pub(super) dropped: Vec<u32>,
    /// Whether the serving generation stays until somebody says otherwise.
    pub(super) held: bool,
    pub(super) paused: Option<Paused>,
    /// Where in the log somebody has decided last that it begins anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun_anew: Option<Position>,
    /// That decision and those before it. A restored log may have lost some of them, and have another at a lower position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<EventId>,
}

/// How a generation came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Build {
    pub(super) fingerprint: Fingerprint,
    pub(super) partitions: u32,
    pub(super) reason: String,
    pub(super) created_at: Timestamp,
    /// Why it is not to be continued, whatever the code.
    pub(super) unfit: Option<String>,
}

/// The code of a projection, as far as generations depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code {
    pub(super) fingerprint: Fingerprint,
    pub(super) partitions: u32,
}

/// Who has paused a projection, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paused {
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

impl Catalogue {
    /// The first generation is read from the beginning on: there is nothing better. `served` was read before, under a catalogue
    /// that was given up.
    pub(super) fn begin(base: Position, served: Option<u32>, code: Code, now: Timestamp) -> Self {
        let first = served.map_or(1, |served| served.saturating_add(BEYOND));
        let mut catalogue = Self {
            base,
            next: first,
            serving: first,
            building: None,
            former: None,
            generations: BTreeMap::new(),
            dropped: served.into_iter().collect(),
            held: false,
            paused: None,
            begun_anew: None,
            decisions: Vec::new(),
        };
        catalogue.add(code, "first run".into(), now);
        catalogue
    }

    /// Makes sure that there is a generation for the code, reusing what there is.
    pub(super) fn adopt(&mut self, code: Code, now: Timestamp) {
        let of = |number: Option<u32>| {
            let number = number?;
            let build = self.generations.get(&number)?;
            (build.fingerprint == code.fingerprint && build.unfit.is_none()).then_some(number)
        };
        if of(self.building).is_some() {
            return;
        }
        if of(Some(self.serving)).is_some() {
            // Whatever else was being built, for code that is no longer here.
            if let Some(building) = self.building {
                self.discard(building);
            }
            return;
        }
        if let Some(former) = of(self.former) {
            // Back to the code of before, or this generation was rolled back from: it has to catch up.
            let replaced = self.building.replace(former);
            self.former = None;
            if let Some(replaced) = replaced {
                self.discard(replaced);
            }
            return;
        }
        let reason = match self.generations.get(&self.serving) {
            Some(Build {
                unfit: Some(why), ..
            }) => why.clone(),
            Some(build) => format!(
                "the code is {}, generation {} is of {}",
                code.fingerprint, self.serving, build.fingerprint
            ),
            None => format!("generation {} is gone", self.serving),
        };
        tracing::warn!(reason, "a projection is built anew beside what is read");
        self.build(code, reason, now);
    }

    /// Builds a generation beside the one that is read, in place of one that is being built.
    pub(super) fn build(&mut self, code: Code, reason: String, now: Timestamp) {
        let number = self.add(code, reason, now);
        if let Some(replaced) = self.building.replace(number) {
            self.discard(replaced);
        }
    }

    /// Begins anew, with nothing to read at first.
    pub(super) fn reset(&mut self, code: Code, reason: String, now: Timestamp) {
        self.dropped.extend(self.generations.keys());
        self.generations.clear();
        (self.building, self.former) = (None, None);
        self.held = false;
        self.serving = self.add(code, reason, now);
    }

    /// Begins anew behind a position, with nothing to read at first.
    pub(super) fn begin_anew(&mut self, anew: &Anew, code: Code, now: Timestamp) {
        self.base = anew.after;
        self.begun_anew = Some(anew.decided);
        self.decisions.retain(|id| !anew.decisions.contains(id));
        self.decisions.extend(&anew.decisions);
        let reason = format!("begun anew behind position {} by {}", anew.after, anew.by);
        self.reset(code, reason, now);
    }

    /// Whether this was decided and has not been done.
    pub(super) fn lacks(&self, anew: &Anew) -> bool {
        if self.decisions.is_empty() {
            // Rows of older programs know only where.
            return self.begun_anew < Some(anew.decided);
        }
        let last = anew.decisions.last();
        last.is_some_and(|decision| !self.decisions.contains(decision))
    }

    /// The generation that was built is read from now on, the one before is kept.
    pub(super) fn cut_over(&mut self) -> bool {
        let Some(building) = self.building.take() else {
            return false;
        };
        if let Some(former) = self.former.replace(self.serving) {
            self.discard(former);
        }
        self.serving = building;
        self.held = false;
        true
    }

    /// The former generation is read again, and stays so until somebody says otherwise.
    pub(super) fn roll_back(&mut self) -> bool {
        let Some(former) = self.former else {
            return false;
        };
        self.former = Some(self.serving);
        self.serving = former;
        self.held = true;
        true
    }

    /// After going back: what was read before that counts as built, so that it can be cut over to.
    pub(super) fn go_forward(&mut self) {
        if self.held && self.building.is_none() {
            self.building = self.former.take();
        }
    }

    /// Gives a generation up.
    pub(super) fn discard(&mut self, number: u32) {
        self.generations.remove(&number);
        self.dropped.push(number);
        for role in [&mut self.building, &mut self.former] {
            role.take_if(|holder| *holder == number);
        }
    }

    /// A generation is not to be continued; what is not read is given up.
    pub(super) fn unfit(&mut self, number: u32, why: &str) {
        if number != self.serving {
            self.discard(number);
        } else if let Some(build) = self.generations.get_mut(&number) {
            build.unfit = Some(why.into());
        }
    }

    fn add(&mut self, code: Code, reason: String, now: Timestamp) -> u32 {
        let number = self.next;
        self.next += 1;
        let build = Build {
            fingerprint: code.fingerprint,
            partitions: code.partitions,
            reason,
            created_at: now,
            unfit: None,
        };
        self.generations.insert(number, build);
        number
    }
}

/// The generation that is read from, whatever else is known; `None` if nobody can say.
pub(super) async fn served<P: ProjectionStore>(
    store: &P,
    projection: &str,
) -> Result<Option<u32>, ProjectionStoreError> {
    let mut tx = store.read(&Generation::new(projection, 0)).await?;
    let row = tx.get(Generation::SERVING).await?;
    Ok(row.and_then(|row| Generation::parse_serving_row(&row)))
}

/// Gives up a catalogue that cannot be read; the next one begins behind what was read until then.
pub(super) async fn give_up<P: ProjectionStore>(
    store: &P,
    projection: &str,
) -> Result<(), ProjectionStoreError> {
    let generation = Generation::new(projection, 0);
    let epoch = store.claim(&generation).await?;
    let mut tx = store.begin(&generation, epoch).await?;
    let found = rows::get::<Catalogue>(&mut tx, &generation, rows::CATALOGUE).await;
    match found {
        Err(ProjectionStoreError::Damaged { .. }) => {
            tx.put(rows::CATALOGUE, None).await?;
            store.commit(tx).await
        }
        found => found.map(drop),
    }
}

/// Reads the catalogue; `None` before the first run.
pub(super) async fn read<P: ProjectionStore>(
    store: &P,
    projection: &str,
) -> Result<Option<Catalogue>, ProjectionStoreError> {
    let generation = Generation::new(projection, 0);
    let mut tx = store.read(&generation).await?;
    rows::get(&mut tx, &generation, rows::CATALOGUE).await
}

/// Changes the catalogue, in one step, and returns it. Somebody else who does so at the same moment comes before or after.
pub(super) async fn change<P: ProjectionStore>(
    store: &P,
    projection: &str,
    mut change: impl FnMut(Option<Catalogue>) -> Option<Catalogue>,
) -> Result<Option<Catalogue>, ProjectionStoreError> {
    let generation = Generation::new(projection, 0);
    let mut attempts = 0;
    loop {
        let epoch = store.claim(&generation).await?;
        let mut tx = store.begin(&generation, epoch).await?;
        let before: Option<Catalogue> = rows::get(&mut tx, &generation, rows::CATALOGUE).await?;
        let after = match change(before.clone()) {
            Some(after) if Some(&after) != before.as_ref() => after,
            _ => return Ok(before),
        };
        rows::put(&mut tx, rows::CATALOGUE, &after).await?;
        let serving = Generation::new(projection, after.serving).serving_row();
        tx.put(Generation::SERVING, Some(&serving)).await?;
        match store.commit(tx).await {
            Ok(()) => return Ok(Some(after)),
            // Each time, somebody else has made a step.
            Err(
                ProjectionStoreError::Fenced { .. }
                | ProjectionStoreError::Conflict { .. }
                | ProjectionStoreError::Reopened { .. },
            ) if attempts < 100 => attempts += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Removes the rows of generations that were given up. Done again from the beginning if it is interrupted.
pub(super) async fn sweep<P: ProjectionStore>(
    store: &P,
    projection: &str,
    catalogue: &Catalogue,
) -> Result<(), ProjectionStoreError> {
    for number in &catalogue.dropped {
        let generation = Generation::new(projection, *number);
        let epoch = store.claim(&generation).await?;
        store.clear(&generation, epoch).await?;
    }
    if catalogue.dropped.is_empty() {
        return Ok(());
    }
    let cleared = &catalogue.dropped;
    change(store, projection, |now| {
        let mut now = now?;
        now.dropped.retain(|number| !cleared.contains(number));
        Some(now)
    })
    .await
    .map(drop)
}
