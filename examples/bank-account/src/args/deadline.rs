//! `--dormant-after`: for how long nothing moves an account until it is marked.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use jiff::{Span, SpanRelativeTo};

use crate::domain::dormancy::Dormancy;

const DAY: u64 = 24 * 60 * 60;

/// What the verbs understand that run the process of dormant accounts.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Deadline {
    /// How long an account may rest until it is marked dormant, a day at least, like 90d; it is marked up to a day later, and the
    /// time counts for movements that are met from now on
    #[arg(long, value_name = "TIME", default_value_t)]
    pub(crate) dormant_after: DormantAfter,
}

/// A time in weeks, days, hours: what is of the same length whenever it begins. A day at least: accounts are marked that much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DormantAfter(pub(crate) Duration);

impl Default for DormantAfter {
    fn default() -> Self {
        Self(Dormancy::default().after)
    }
}

impl FromStr for DormantAfter {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected a time in weeks, days or hours, a day at least, like 90d";
        let span: Span = text.parse().map_err(|_| expected)?;
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours());
        let length = length
            .ok()
            .and_then(|length| Duration::try_from(length).ok());
        match length {
            Some(length) if length.as_secs() >= DAY => Ok(Self(length)),
            _ => Err(expected),
        }
    }
}

impl fmt::Display for DormantAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds if seconds.is_multiple_of(DAY) => write!(f, "{}d", seconds / DAY),
            seconds => write!(f, "{seconds}s"),
        }
    }
}
