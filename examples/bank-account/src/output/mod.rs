//! Printing: every answer is a value that knows its text and its JSON.

mod layout;

use std::fmt::Display;
use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

pub(crate) use self::layout::{amount_of, as_text, bytes, cut, seconds, signed};
use crate::error::Error;

/// Standard output, in the form the user asked for.
#[derive(Debug)]
pub(crate) struct Printer {
    out: BufWriter<Stdout>,
    json: bool,
}

impl Printer {
    pub(crate) fn new(json: bool) -> Self {
        let out = BufWriter::new(io::stdout());
        Self { out, json }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints an answer: one JSON object on one line, or its text.
    pub(crate) fn print(&mut self, answer: &(impl Serialize + Display)) -> Result<(), Error> {
        if self.json {
            serde_json::to_writer(&mut self.out, answer)
                .map_err(|error| Error::Output(error.into()))?;
            self.raw("\n")
        } else {
            self.raw(&format!("{answer}\n"))
        }
    }

    /// Prints a line that only people need: a heading, a count.
    pub(crate) fn note(&mut self, line: &str) -> Result<(), Error> {
        if self.json {
            return Ok(());
        }
        self.raw(line)?;
        self.raw("\n")
    }

    /// Hands everything to the system.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.out.flush().map_err(Error::Output)
    }

    fn raw(&mut self, text: &str) -> Result<(), Error> {
        self.out.write_all(text.as_bytes()).map_err(Error::Output)
    }
}
