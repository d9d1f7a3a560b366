//! A statement to import.

use std::io::Cursor;

use crate::domain::{Currency, Minor, ParseMoneyError};
use crate::import::read_rows;

/// Rows that are looked at. A compressed file may hold a thousand times its own size, and each row is on its own.
const ROWS: usize = 2_000;
/// What most inputs begin with, so that they are not all refused by the first line.
const HEADER: &[u8] =
    b"trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account\n";

/// The file as it is, and behind a right header.
pub(super) fn body(input: &[u8]) {
    read_rows(Cursor::new(input.to_vec()), Currency::Czk, ROWS);
    let with_header = [HEADER, input].concat();
    read_rows(Cursor::new(with_header), Currency::Czk, ROWS);
    if let Ok(text) = std::str::from_utf8(input) {
        amount(text);
    }
}

fn amount(text: &str) {
    match text.parse::<Minor>() {
        Ok(amount) => assert_eq!(amount.to_string().parse(), Ok(amount)),
        Err(ParseMoneyError::Malformed(given) | ParseMoneyError::TooLarge(given)) => {
            assert_eq!(given, text);
        }
    }
}
