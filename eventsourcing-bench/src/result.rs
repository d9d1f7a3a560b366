//! What a measurement says, as a line of JSON or of a table.

use std::io::{self, Write};

use serde::Serialize;

/// One result. The ratio is the subject's rate by the floor's, so 1 is as fast as the floor and more is faster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Line {
    /// What was measured.
    pub(crate) workload: &'static str,
    /// Who was measured.
    pub(crate) subject: String,
    /// Events, writers or stored events, whatever the workload varies.
    pub(crate) n: u64,
    /// Median of the rounds.
    pub(crate) ops_per_s: f64,
    /// Median duration of an operation.
    pub(crate) p50_us: f64,
    /// 99th percentile of an operation's duration.
    pub(crate) p99_us: f64,
    /// Median over the rounds of the ratio within each round; 1 for the floor itself.
    pub(crate) floor_ratio: f64,
    /// What an acknowledged write survives: `memory`, `buffered`, `fsync`; `none` where nothing is written.
    pub(crate) durability: &'static str,
    /// Syncs for each commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) syncs_per_commit: Option<f64>,
    /// Most memory the process held meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peak_rss_mib: Option<f64>,
}

/// Prints lines as they come.
#[derive(Debug)]
pub(crate) struct Report {
    json: bool,
    headed: bool,
}

impl Report {
    /// A report on standard output.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, headed: json }
    }

    /// Prints results.
    pub(crate) fn lines(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for line in lines {
            if self.json {
                serde_json::to_writer(&mut out, line)?;
                writeln!(out)?;
            } else {
                self.row(&mut out, line)?;
            }
        }
        Ok(())
    }

    fn row(&mut self, out: &mut impl Write, line: &Line) -> io::Result<()> {
        if !self.headed {
            writeln!(
                out,
                "{:<10} {:<44} {:>9} {:>13} {:>10} {:>10} {:>6}  durability",
                "workload", "subject", "n", "ops/s", "p50 us", "p99 us", "ratio"
            )?;
            self.headed = true;
        }
        write!(
            out,
            "{:<10} {:<44} {:>9} {:>13.0} {:>10.3} {:>10.3} {:>6.3}  {}",
            line.workload,
            line.subject,
            line.n,
            line.ops_per_s,
            line.p50_us,
            line.p99_us,
            line.floor_ratio,
            line.durability
        )?;
        if let Some(syncs) = line.syncs_per_commit {
            write!(out, ", {syncs:.3} syncs per commit")?;
        }
        if let Some(peak) = line.peak_rss_mib {
            write!(out, ", peak {peak:.0} MiB")?;
        }
        writeln!(out)
    }
}
