//! All rows of a read model, as texts that can be compared and printed.

use std::fmt;

use eventsourcing::{Direction, Generation, RowStore};
use serde_json::Value;

/// A row of any table or index.
#[derive(PartialEq)]
pub(super) struct AnyRow {
    key: Vec<u8>,
    /// Parsed, because maps may be written in any order.
    value: Option<Value>,
}

/// What is read of the read model's tables and indexes, without the runner's own rows.
///
/// # Panics
/// If the rows cannot be read.
pub(super) fn all(rows: &impl RowStore, generation: &Generation) -> Vec<AnyRow> {
    let mut all: Vec<AnyRow> = Vec::new();
    loop {
        let from = all
            .last()
            .map_or(vec![1], |row| [&row.key[..], &[0]].concat());
        let range = &from[..]..&[255][..];
        let page = rows.scan(generation, range, Direction::Forward, 1_000);
        let page = page.expect("rows in memory can be read");
        if page.is_empty() {
            return all;
        }
        all.extend(page.into_iter().map(|(key, value)| AnyRow {
            key: key.to_vec(),
            value: serde_json::from_slice(&value).ok(),
        }));
    }
}

/// `table "balances" 1 ada: {"cents":5}`; keys are stored so that they sort, and are shown as they are stored.
impl fmt::Debug for AnyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, mut rest) = self.key.split_at(1);
        let (kind, names) = match kind {
            [1] => ("row of", 1),
            [2] => ("index of", 2),
            _ => ("layout of", 1),
        };
        f.write_str(kind)?;
        for _ in 0..names {
            let name = rest
                .split_first()
                .and_then(|(length, rest)| rest.split_at_checked(usize::from(*length)));
            let Some((name, left)) = name else { break };
            write!(f, " `{}`", name.escape_ascii())?;
            rest = left;
        }
        if !rest.is_empty() {
            write!(f, " {}", rest.escape_ascii())?;
        }
        match &self.value {
            Some(value) => write!(f, ": {value}"),
            None => Ok(()),
        }
    }
}
