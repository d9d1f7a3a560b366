//! The import's part in the bodies of the fuzz targets: what only the import sees.

use std::io::Read;
use std::sync::Arc;

use super::ids::Ids;
use super::reader::{Line, Statement};
use crate::domain::Currency;

/// Reads a statement up to so many rows, and makes a command of each.
pub(crate) fn read_rows(input: impl Read + Send + 'static, currency: Currency, rows: usize) {
    let mut statement = match Statement::read(input, 0, Arc::default()) {
        Ok(statement) => statement,
        Err(refused) => {
            assert_eq!(refused.line, 1);
            return;
        }
    };
    let (mut ids, mut last) = (Ids::default(), 1);
    for line in statement.by_ref().take(rows) {
        let Line { number, row } = match line {
            Ok(line) => line,
            Err(unreadable) => {
                assert!(unreadable.line > last);
                return;
            }
        };
        assert!(number > last, "lines are counted");
        last = number;
        match row.and_then(|row| ids.check(row)) {
            Ok(row) => {
                assert_eq!(row.line, number);
                assert!(!row.idempotency_key().is_empty() && !row.account.0.is_empty());
                drop(row.command(currency));
            }
            Err(bad) => assert!(!bad.to_string().is_empty()),
        }
    }
}
