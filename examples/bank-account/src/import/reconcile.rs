//! Comparing an account with the bank's own balances, at the end of every day.
//!
//! The rows of one day are not always in the order in which the bank booked them, so a day is in order if the running
//! balance at its end is any of the day's balances.

use crate::domain::{Day, Minor};

/// One account's rows, summed up as they come.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// `None` until the first row that was booked.
    running: Option<i128>,
    /// Rows before that; none of them was booked.
    early: Vec<(Day, Minor)>,
    today: Option<Day>,
    /// The bank's balances of today.
    bank: Vec<Minor>,
    drift: Option<Drift>,
}

/// Where an account left the bank's balance. Minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drift {
    /// First day on which none of the bank's balances was met.
    pub(super) first_day: Day,
    /// The running balance at the end of that day.
    pub(super) running: i128,
    /// The nearest of the bank's balances of that day.
    pub(super) bank: Minor,
    /// Number of days on which none was met.
    pub(super) days: u64,
    /// By how much the running balance was above the nearest one on the last of these days.
    pub(super) last_difference: i128,
}

impl Ledger {
    /// Whether it is known where the account stood before its first row.
    pub(super) fn has_start(&self) -> bool {
        self.running.is_some()
    }

    /// Where the account stood before its first row.
    pub(super) fn start(&mut self, balance: Minor) {
        self.running = Some(balance.get().into());
        for (day, bank) in std::mem::take(&mut self.early) {
            self.add(day, 0, bank);
        }
    }

    /// Adds a row that was booked, or (`booked` is zero) was not: the bank's balance counts in either case.
    pub(super) fn add(&mut self, day: Day, booked: i128, bank: Minor) {
        if self.running.is_none() {
            self.early.push((day, bank));
            return;
        }
        if self.today != Some(day) {
            self.end_day();
            self.today = Some(day);
        }
        self.running = self.running.map(|running| running + booked);
        self.bank.push(bank);
    }

    /// Ends the last day.
    pub(super) fn finish(mut self) -> Option<Drift> {
        self.end_day();
        self.drift
    }

    fn end_day(&mut self) {
        let (Some(running), Some(day)) = (self.running, self.today) else {
            return;
        };
        let difference = |bank: &Minor| running - i128::from(bank.get());
        let nearest = self
            .bank
            .drain(..)
            .min_by_key(|bank| difference(bank).unsigned_abs());
        if let Some(bank) = nearest
            && difference(&bank) != 0
        {
            let last_difference = difference(&bank);
            let drift = self.drift.get_or_insert(Drift {
                first_day: day,
                running,
                bank,
                days: 0,
                last_difference,
            });
            drift.days += 1;
            drift.last_difference = last_difference;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn from(minor: i64) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.start(Minor::new(minor));
        ledger
    }

    #[test]
    fn rows_before_the_first_that_was_booked_count_once_the_start_is_known() {
        let mut ledger = Ledger::default();
        ledger.add(day("1993-01-01"), 0, Minor::new(-60));
        assert!(!ledger.has_start());
        ledger.start(Minor::new(10));
        ledger.add(day("1993-01-02"), 5, Minor::new(15));
        let drift = ledger.finish().expect("a drift");
        assert_eq!(
            (drift.first_day, drift.running, drift.days),
            (day("1993-01-01"), 10, 1)
        );
        assert_eq!(Ledger::default().finish(), None);
    }

    #[test]
    fn the_order_within_a_day_does_not_matter() {
        let mut ledger = from(0);
        ledger.add(day("1993-01-01"), -30, Minor::new(70));
        ledger.add(day("1993-01-01"), 100, Minor::new(100));
        assert_eq!(ledger.finish(), None);
    }

    #[test]
    fn a_drift_is_told_from_its_first_day_to_its_last() {
        let mut ledger = from(10);
        ledger.add(day("1993-01-01"), 90, Minor::new(100));
        ledger.add(day("1993-01-02"), 9, Minor::new(110));
        ledger.add(day("1993-01-03"), 0, Minor::new(107));
        let drift = Drift {
            first_day: day("1993-01-02"),
            running: 109,
            bank: Minor::new(110),
            days: 2,
            last_difference: 2,
        };
        assert_eq!(ledger.finish(), Some(drift));
    }
}
