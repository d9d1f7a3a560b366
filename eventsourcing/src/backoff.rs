//! [`Backoff`]: how long to wait before trying again, and how often.

use std::time::Duration;

/// How long to wait before something that failed is tried again: the first time [`Backoff::first`] at most, then twice as
/// long each time, up to [`Backoff::longest`]. Each wait is between half of that and all of it, by chance, so that those who
/// failed together do not come back together.
///
/// ```
/// use std::time::Duration;
/// use eventsourcing::Backoff;
/// let three = Backoff { attempts: 3, ..Backoff::default() };
/// assert!(three.delay(1).is_some_and(|delay| delay <= Duration::from_millis(10)));
/// assert_eq!(three.delay(3), None); // the third attempt was the last
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait after the first failure.
    pub first: Duration,
    /// Longest wait of all.
    pub longest: Duration,
    /// Failures in a row after which nothing is tried any more; `u32::MAX` comes to for ever.
    pub attempts: u32,
}

impl Backoff {
    /// How long to wait after so many failures in a row; `None` if that was the last attempt.
    pub fn delay(&self, failures: u32) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(31);
        let longest = self.first.saturating_mul(1 << doublings).min(self.longest);
        Some(longest.mul_f64(0.5 + fastrand::f64() / 2.0))
    }
}

impl Default for Backoff {
    /// From 10 ms to 5 s, 20 attempts: most of a minute.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(10),
            longest: Duration::from_secs(5),
            attempts: 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_end() {
        let backoff = Backoff {
            attempts: 12,
            ..Backoff::default()
        };
        for _ in 0..100 {
            for failures in 1..12 {
                let most = Duration::from_millis(10 << (failures - 1)).min(backoff.longest);
                let delay = backoff.delay(failures).expect("not the last");
                assert!(most / 2 <= delay && delay <= most, "{failures}: {delay:?}");
            }
        }
        assert_eq!(backoff.delay(12), None);
        assert_eq!(backoff.delay(u32::MAX), None);
    }

    #[test]
    fn it_may_go_on_for_ever() {
        let backoff = Backoff {
            attempts: u32::MAX,
            ..Backoff::default()
        };
        assert!(
            backoff
                .delay(u32::MAX - 1)
                .is_some_and(|d| d <= backoff.longest)
        );
    }
}
