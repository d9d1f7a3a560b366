//! How far an import is.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Progress as Wanted;

/// Shows progress on stderr: a bar for people, lines for programs that watch.
#[derive(Debug)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
    read: Arc<AtomicU64>,
    rows: AtomicU64,
}

impl Progress {
    /// Rows between two signs of life.
    const EVERY: u64 = 100;

    pub(super) fn new(wanted: Wanted, size: u64, read: Arc<AtomicU64>) -> Self {
        let bar = (wanted == Wanted::Auto && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(size);
            let template = "{bar:40} {percent:>3}%  {msg} rows  {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        let (lines, rows) = (wanted == Wanted::Lines, AtomicU64::new(0));
        Self {
            bar,
            lines,
            read,
            rows,
        }
    }

    /// A row has been dealt with.
    pub(super) fn row_done(&self) {
        let rows = self.rows.fetch_add(1, Ordering::Relaxed) + 1;
        if !rows.is_multiple_of(Self::EVERY) {
            return;
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.read.load(Ordering::Relaxed));
            bar.set_message(rows.to_string());
        }
        if self.lines {
            // Nobody watching is no reason to stop.
            let _ = writeln!(std::io::stderr(), "progress {rows}");
        }
    }

    /// Prints something without the bar in the way.
    pub(super) fn pause<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
