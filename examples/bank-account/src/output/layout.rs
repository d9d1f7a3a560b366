//! Pieces of text lines.

use eventsourcing::Timestamp;

use crate::domain::Minor;

/// A time without its fraction of a second.
pub(crate) fn seconds(time: Timestamp) -> Timestamp {
    const SECOND: i64 = 1_000_000;
    Timestamp::from_micros(time.as_micros().div_euclid(SECOND).saturating_mul(SECOND))
}

/// An amount with the sign of its direction.
pub(crate) fn signed(credit: bool, amount: Minor) -> String {
    format!("{}{amount}", if credit { '+' } else { '-' })
}

/// A text of at most `width` characters, the rest replaced by an ellipsis.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.into();
    }
    let kept = text.chars().take(width.saturating_sub(1));
    kept.chain(['…']).collect()
}
