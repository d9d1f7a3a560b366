//! Driving one generation: it is claimed, then all its partitions run side by side under that epoch.

use std::pin::pin;

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture, Either};
use tokio::sync::watch;

use super::catalogue;
use super::driver::{Driver, Ended, Job, Until, guarded};
use super::partition::Partition;
use super::stop::StopReason;
use super::store::ProjectionStore;
use super::team::Team;
use super::trouble::Trouble;

/// Runs the generation until all partitions have ended. One that has stopped by itself ends the others.
pub(super) async fn drive<P: ProjectionStore>(
    job: Job<P>,
    until: Until,
    mut halt: watch::Receiver<bool>,
) -> Result<(), StopReason> {
    let (number, partitions) = (job.generation.number, job.options.partitions.max(1));
    job.board.begin(number, partitions);
    let mut failures = 0;
    let outcome = loop {
        let epoch = match claim(&job).await {
            Ok(epoch) => epoch,
            Err(Trouble::Stop(reason)) => break Err(reason),
            Err(Trouble::Again(why) | Trouble::Conflict(why) | Trouble::Reopened(why)) => {
                failures += 1;
                let Some(delay) = job.options.patience.delay(failures) else {
                    break Err(StopReason::Store(why));
                };
                job.board.waiting(number, why);
                let (told, sleep) = (halt.wait_for(|halt| *halt), job.site.clock.sleep(delay));
                match future::select(pin!(told), sleep).await {
                    Either::Left(_) => break Ok(()),
                    Either::Right(_) => continue,
                }
            }
        };
        match together(&job, epoch, until, &mut halt).await {
            Ended::Done => break Ok(()),
            Ended::Stopped(reason) => break Err(reason),
            Ended::Reopened => {}
        }
    };
    if let Err(reason) = &outcome {
        tracing::error!(generation = %job.generation, %reason, "a projection has stopped");
        job.board.stopped(number, reason.clone());
    }
    outcome
}

/// Claims the generation, unless it was given up since the catalogue was read: what acts on others would do all of the past again.
async fn claim<P: ProjectionStore>(job: &Job<P>) -> Result<u64, Trouble> {
    let (rows, generation) = (&*job.site.rows, &job.generation);
    let epoch = rows.claim(generation).await?;
    // Whoever gives it up from now on takes it over from here.
    let catalogue = catalogue::read(rows, &generation.projection).await?;
    let generations = catalogue.map(|catalogue| catalogue.generations);
    if !generations.is_some_and(|all| all.contains_key(&generation.number)) {
        let text = format!("{generation} was given up meanwhile, by another runner");
        return Err(Trouble::Stop(StopReason::TakenOver(text)));
    }
    Ok(epoch)
}

/// Runs all partitions under one epoch.
async fn together<P: ProjectionStore>(
    job: &Job<P>,
    epoch: u64,
    until: Until,
    halt: &mut watch::Receiver<bool>,
) -> Ended {
    let (all, each) = watch::channel(false);
    let mut team = Team::new(until == Until::Told);
    for partition in Partition::all(job.options.partitions.max(1)) {
        team.add(part(job.clone(), epoch, partition, until, each.clone()));
    }
    let told = async {
        // Should the one who could tell be gone, then there is nobody to run for.
        let _ = halt.wait_for(|halt| *halt).await;
        all.send_replace(true);
        future::pending::<()>().await;
    };
    let ended = async {
        let mut outcome = Ended::Done;
        while let Some(ended) = team.next().await {
            if !matches!(ended, Ended::Done) {
                all.send_replace(true);
            }
            // The first one says why; those who were taken over or opened anew by that come later.
            if matches!(outcome, Ended::Done) {
                outcome = ended;
            }
        }
        outcome
    };
    match future::select(pin!(ended), pin!(told)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Ended::Done,
    }
}

fn part<P: ProjectionStore>(
    job: Job<P>,
    epoch: u64,
    partition: Partition,
    until: Until,
    mut halt: watch::Receiver<bool>,
) -> BoxFuture<'static, Ended> {
    async move {
        let clock = job.site.clock.clone();
        let mut driver = Driver::new(job, epoch, partition);
        let run = driver.run(until, &mut halt);
        guarded(&*clock, None, run)
            .await
            .unwrap_or_else(|cut| Ended::Stopped(StopReason::Broken(cut.to_string())))
    }
    .boxed()
}
