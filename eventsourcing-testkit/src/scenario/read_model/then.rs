//! [`Folded`]: the log has been folded; the read model is to be checked.

use std::fmt::Debug;

use eventsourcing::{Key, ReadModel, RowValue, View};

use super::super::diff::diff;
use super::super::history::unwrapped;

/// A read model as the log has made it.
#[derive(Debug)]
pub struct Folded {
    pub(super) view: View,
}

impl Folded {
    /// The table has exactly these rows, in the order of their keys.
    ///
    /// # Panics
    /// If it has others; the message shows the difference.
    #[track_caller]
    pub fn then_rows<K, V>(
        self,
        table: &ReadModel<K, V>,
        expected: impl IntoIterator<Item = (K, V)>,
    ) -> Self
    where
        K: Key + PartialEq + Debug,
        V: RowValue + PartialEq + Debug,
    {
        let expected: Vec<_> = expected.into_iter().collect();
        let rows = self.view.range(table, ..);
        let actual: Vec<_> = unwrapped(rows.and_then(Iterator::collect));
        assert!(
            expected == actual,
            "table `{}` has other rows (- expected, + actual):\n{}",
            table.name(),
            diff(&expected, &actual)
        );
        self
    }

    /// Hands over the read model for checks of any kind.
    ///
    /// # Panics
    /// If they do.
    #[track_caller]
    pub fn then(self, check: impl FnOnce(&View)) -> Self {
        check(&self.view);
        self
    }
}
