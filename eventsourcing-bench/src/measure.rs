//! Measuring in pairs: every round runs the floor and each subject in turn, so that what disturbs one disturbs the other.

use std::time::{Duration, Instant};

use crate::Failure;
use crate::result::Line;

/// One run of one side.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// Operations done.
    pub(crate) ops: u64,
    /// How long they took together.
    pub(crate) elapsed: Duration,
    /// Duration of single operations in nanoseconds, or means of small batches.
    pub(crate) laps: Vec<f64>,
    /// Syncs for each commit, where it is known.
    pub(crate) syncs_per_commit: Option<f64>,
    /// Most memory held meanwhile, where it was watched.
    pub(crate) peak_rss_mib: Option<f64>,
}

impl Sample {
    fn rate(&self) -> f64 {
        as_f64(self.ops) / self.elapsed.as_secs_f64()
    }
}

/// Numbers here are counts far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn as_f64(count: u64) -> f64 {
    count as f64
}

/// Times operations one by one, or in batches where reading the clock would cost as much as they do.
#[derive(Debug)]
pub(crate) struct Laps {
    batch: u32,
    open: u32,
    begun: Instant,
    last: Instant,
    sample: Sample,
}

impl Laps {
    /// Starts the clock; `batch` operations make a lap.
    pub(crate) fn start(batch: u32) -> Self {
        let begun = Instant::now();
        Self {
            batch,
            open: 0,
            begun,
            last: begun,
            sample: Sample::default(),
        }
    }

    /// An operation is done.
    #[inline]
    pub(crate) fn done(&mut self) {
        self.sample.ops += 1;
        self.open += 1;
        if self.open == self.batch {
            self.lap();
        }
    }

    /// A group of operations is done that all waited for its end: each of them took as long as the group.
    pub(crate) fn group_done(&mut self, ops: usize) {
        let nanos = self.nanos();
        self.sample.laps.extend(std::iter::repeat_n(nanos, ops));
        self.sample.ops += ops as u64;
    }

    /// So many operations are done, too short to be timed one by one: a lap is their mean.
    pub(crate) fn page_done(&mut self, ops: usize) {
        let nanos = self.nanos();
        self.sample.laps.push(nanos / as_f64(ops as u64));
        self.sample.ops += ops as u64;
    }

    fn lap(&mut self) {
        let nanos = self.nanos();
        self.sample.laps.push(nanos / f64::from(self.open));
        self.open = 0;
    }

    /// Nanoseconds since it was asked last.
    fn nanos(&mut self) -> f64 {
        let last = std::mem::replace(&mut self.last, Instant::now());
        (self.last - last).as_secs_f64() * 1e9
    }

    /// Stops the clock.
    pub(crate) fn finish(mut self) -> Sample {
        if self.open > 0 {
            self.lap();
        }
        self.sample.elapsed = self.begun.elapsed();
        self.sample
    }
}

/// One side of a contest.
type Run<'a> = Box<dyn FnMut() -> Result<Sample, Failure> + 'a>;

/// A floor and the subjects that are measured against it.
pub(crate) struct Contest<'a> {
    workload: &'static str,
    n: u64,
    sides: Vec<(String, &'static str, Run<'a>)>,
}

impl<'a> Contest<'a> {
    /// A contest without sides; the first to join is the floor.
    pub(crate) fn new(workload: &'static str, n: usize) -> Self {
        Self {
            workload,
            n: n as u64,
            sides: Vec::new(),
        }
    }

    /// Adds a side.
    pub(crate) fn side(
        mut self,
        subject: impl Into<String>,
        durability: &'static str,
        run: impl FnMut() -> Result<Sample, Failure> + 'a,
    ) -> Self {
        self.sides.push((subject.into(), durability, Box::new(run)));
        self
    }

    /// Runs all sides in turn, once to warm up and then `rounds` times, every other round in reverse order.
    pub(crate) fn run(mut self, rounds: usize) -> Result<Vec<Line>, Failure> {
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); self.sides.len()];
        for round in 0..=rounds {
            let mut order: Vec<usize> = (0..self.sides.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for side in order {
                let sample = (self.sides[side].2)()?;
                if round > 0 {
                    samples[side].push(sample);
                }
            }
        }
        let floor: Vec<f64> = samples[0].iter().map(Sample::rate).collect();
        let lines = self
            .sides
            .iter()
            .zip(&samples)
            .map(|((subject, durability, _), samples)| {
                let ratios = samples
                    .iter()
                    .zip(&floor)
                    .map(|(sample, floor)| sample.rate() / floor);
                let mut laps: Vec<f64> = samples
                    .iter()
                    .flat_map(|sample| sample.laps.iter().copied())
                    .collect();
                laps.sort_by(f64::total_cmp);
                Line {
                    workload: self.workload,
                    subject: subject.clone(),
                    n: self.n,
                    ops_per_s: median(samples.iter().map(Sample::rate)),
                    p50_us: percentile(&laps, 50) / 1e3,
                    p99_us: percentile(&laps, 99) / 1e3,
                    floor_ratio: median(ratios),
                    durability,
                    syncs_per_commit: some_median(
                        samples.iter().filter_map(|s| s.syncs_per_commit),
                    ),
                    peak_rss_mib: samples
                        .iter()
                        .filter_map(|s| s.peak_rss_mib)
                        .reduce(f64::max),
                }
            });
        Ok(lines.collect())
    }
}

/// The middle value.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    some_median(values).unwrap_or(f64::NAN)
}

fn some_median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// A percentile of sorted values.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(some_median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(some_median([].into_iter()), None);
        let sorted: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(
            (percentile(&sorted, 50), percentile(&sorted, 99)),
            (50.0, 99.0)
        );
    }

    #[test]
    fn every_side_is_compared_with_the_first() {
        let side = |ops| {
            move || {
                Ok(Sample {
                    ops,
                    elapsed: Duration::from_secs(1),
                    ..Sample::default()
                })
            }
        };
        let lines = Contest::new("test", 1)
            .side("floor", "none", side(100))
            .side("half", "none", side(50));
        let lines = lines.run(3).expect("a run");
        assert_eq!(
            lines
                .iter()
                .map(|line| line.floor_ratio)
                .collect::<Vec<_>>(),
            [1.0, 0.5]
        );
        assert!((49.9..50.1).contains(&lines[1].ops_per_s));
    }

    #[test]
    fn laps_count_batches() {
        let mut laps = Laps::start(4);
        (0..10).for_each(|_| laps.done());
        let sample = laps.finish();
        assert_eq!((sample.ops, sample.laps.len()), (10, 3));
    }
}
