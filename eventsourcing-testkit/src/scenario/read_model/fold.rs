//! Folding a log through a runner, in ways that must make no difference.

use std::borrow::Cow;
use std::panic;
use std::sync::Arc;
use std::thread;

use eventsourcing::{
    Filter, MemoryRows, MemoryStore, ParkedEvent, Projection, ProjectionOptions, ProjectionRunner,
    ReadModels, RecordedEvent, RowTx,
};

use super::super::diff::diff;
use super::lossy::Lossy;
use super::rows::{self, AnyRow};

/// How the log is folded.
#[derive(Clone, Copy)]
struct Way {
    batch: usize,
    loses: bool,
    /// What it is, for messages.
    text: &'static str,
}

const PLAIN: Way = Way {
    batch: 500,
    loses: false,
    text: "at once",
};

/// Ways that lead to the same rows.
const OTHERS: [Way; 3] = [
    Way {
        batch: 1,
        loses: false,
        text: "with each event in a commit of its own",
    },
    Way {
        batch: 500,
        loses: true,
        text: "with every commit lost once and done again",
    },
    Way {
        batch: 1,
        loses: true,
        text: "with each event in a commit of its own, lost once and done again",
    },
];

/// What came of a fold.
struct Outcome {
    models: ReadModels,
    rows: Vec<AnyRow>,
}

/// The same projection each time.
struct Shared<J>(Arc<J>);

impl<J: Projection<Tx = RowTx>> Projection for Shared<J> {
    const NAME: &'static str = J::NAME;
    const VERSION: u32 = J::VERSION;
    type View = J::View;
    type Tx = RowTx;
    type Error = J::Error;

    fn filter(&self) -> Filter {
        self.0.filter()
    }

    fn key<'a>(&self, event: &'a RecordedEvent) -> Cow<'a, str> {
        self.0.key(event)
    }

    fn handle(
        &self,
        event: J::View,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> impl Future<Output = Result<(), J::Error>> + Send {
        self.0.handle(event, recorded, tx)
    }
}

/// Folds the log in all ways and returns the read models, or a text that says what is wrong.
pub(super) fn fold<J: Projection<Tx = RowTx>>(
    projection: J,
    log: &MemoryStore,
) -> Result<ReadModels, String> {
    let projection = Arc::new(projection);
    on_runtime(async {
        let plain = one_way(&projection, log, PLAIN).await?;
        for way in OTHERS {
            let other = one_way(&projection, log, way).await?;
            if other.rows != plain.rows {
                return Err(format!(
                    "the rows are others {} (-) than {} (+): `handle` depends on something beside event and rows, or \
                     changes something beside its transaction\n{}",
                    way.text,
                    PLAIN.text,
                    diff(&other.rows, &plain.rows)
                ));
            }
        }
        Ok(plain.models)
    })
}

async fn one_way<J: Projection<Tx = RowTx>>(
    projection: &Arc<J>,
    log: &MemoryStore,
    way: Way,
) -> Result<Outcome, String> {
    let rows = Arc::new(MemoryRows::default());
    let models = ReadModels::new(rows.clone());
    let mut options = ProjectionOptions {
        batch: way.batch,
        ..ProjectionOptions::default()
    };
    options.retries.attempts = 1;
    let runner = ProjectionRunner::new(log.clone(), Lossy::new(models.clone(), way.loses));
    let runner = runner.add_with(Shared(projection.clone()), options);
    let runner = runner.idle().map_err(|error| error.to_string())?;
    let caught_up = runner.catch_up().await;
    caught_up.map_err(|error| format!("folded {}: {error}", way.text))?;
    let parked = runner.parked(J::NAME, None, usize::MAX).await;
    let parked = parked.map_err(|error| error.to_string())?;
    if let Some(failure) = parked.iter().find_map(failure) {
        return Err(format!("folded {}, {failure}", way.text));
    }
    let view = models.view(J::NAME).map_err(|error| error.to_string())?;
    let generation = view.generation().map_err(|error| error.to_string())?;
    Ok(Outcome {
        rows: rows::all(&rows, &generation),
        models,
    })
}

fn failure(event: &ParkedEvent) -> Option<String> {
    let failure = event.failure.as_ref()?;
    Some(format!(
        "event `{}` of stream `{}` (position {}) failed: {}",
        event.event_type, event.stream, event.position, failure.error
    ))
}

/// Waits on a runtime of its own, so that it makes no difference whether the test has one.
fn on_runtime<T: Send>(work: impl Future<Output = T> + Send) -> T {
    let run = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build();
        runtime.expect("a runtime can be made").block_on(work)
    };
    let outcome = thread::scope(|scope| scope.spawn(run).join());
    outcome.unwrap_or_else(|panic| panic::resume_unwind(panic))
}
