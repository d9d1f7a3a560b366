//! Shapes and the other parts of a lock file, read back from text.

use std::str::FromStr;

use super::shape::{Constraint, Enum, Field, Repr, Scalar, Shape, Struct, Variant};

/// Shapes inside shapes that are read; no payload comes near it, and a damaged file cannot exhaust the stack.
const MAX_DEPTH: usize = 128;

/// Options around one shape.
const MAX_OPTIONS: usize = 8;

/// Text that is no shape, or no lock file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Reads what [`Shape`]'s `Display` writes.
impl FromStr for Shape {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(text);
        let shape = cursor.shape()?;
        match cursor.peek() {
            None => Ok(shape),
            Some(char) => {
                Err(cursor.error(format!("nothing should follow the shape, found `{char}`")))
            }
        }
    }
}

/// A place in a text.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> ParseError {
        let line = self.text[..self.at].matches('\n').count() + 1;
        ParseError {
            line,
            message: message.into(),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips blanks, line ends and commas.
    fn skip(&mut self) {
        let rest = self.rest();
        let blank = |char: char| char.is_whitespace() || char == ',';
        self.at += rest.len() - rest.trim_start_matches(blank).len();
    }

    /// The next character that says something.
    pub(crate) fn peek(&mut self) -> Option<char> {
        self.skip();
        self.rest().chars().next()
    }

    fn take(&mut self, text: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn expect(&mut self, text: &str) -> Result<(), ParseError> {
        if self.take(text) {
            return Ok(());
        }
        let found = self
            .peek()
            .map_or("the end".into(), |char| format!("`{char}`"));
        Err(self.error(format!("expected `{text}`, found {found}")))
    }

    /// A bare word, or nothing.
    fn bare(&mut self) -> Option<&'a str> {
        self.skip();
        let rest = self.rest();
        let plain =
            |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | '$');
        let end = rest.find(|char| !plain(char)).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    /// A word up to the next blank, if it stands on this line.
    pub(crate) fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        let start = line.len() - line.trim_start().len();
        let word = line.split_whitespace().next()?;
        self.at += start + word.len();
        Some(word)
    }

    /// What is left of this line.
    pub(crate) fn line(&mut self) -> &'a str {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        self.at += line.len();
        line.trim()
    }

    /// Moves behind blank lines and comments; whether anything is left.
    pub(crate) fn next_line(&mut self) -> bool {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with("# ") && !self.rest().starts_with("#\n") {
                return !self.rest().is_empty();
            }
            self.line();
        }
    }

    /// A text in quotes.
    pub(crate) fn string(&mut self) -> Result<String, ParseError> {
        self.skip();
        let rest = self.rest();
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        if rest.starts_with('"')
            && let Some(Ok(serde_json::Value::String(text))) = values.next()
        {
            self.at += values.byte_offset();
            return Ok(text);
        }
        Err(self.error("expected a text in quotes"))
    }

    /// A name, bare or in quotes.
    pub(crate) fn name(&mut self) -> Result<String, ParseError> {
        if self.peek() == Some('"') {
            return self.string();
        }
        match self.bare() {
            Some(name) => Ok(name.into()),
            None => Err(self.error("expected a name")),
        }
    }

    fn number<N: FromStr>(&mut self) -> Result<N, ParseError> {
        let number = self.bare().and_then(|word| word.parse().ok());
        number.ok_or_else(|| self.error("expected a number"))
    }

    /// A shape.
    pub(crate) fn shape(&mut self) -> Result<Shape, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("more than {MAX_DEPTH} shapes inside each other")));
        }
        let mut shape = self.simple()?;
        let mut options = 0;
        while self.rest().starts_with('?') {
            self.at += 1;
            options += 1;
            if options > MAX_OPTIONS {
                return Err(self.error(format!("more than {MAX_OPTIONS} `?` behind each other")));
            }
            shape = Shape::Option(Box::new(shape));
        }
        self.depth -= 1;
        Ok(shape)
    }

    fn simple(&mut self) -> Result<Shape, ParseError> {
        match self.peek() {
            Some('[') => {
                self.expect("[")?;
                let inner = Box::new(self.shape()?);
                let shape = if self.take(";") {
                    Shape::Array(inner, self.number()?)
                } else {
                    Shape::Seq(inner)
                };
                self.expect("]")?;
                Ok(shape)
            }
            Some('(') => {
                self.expect("(")?;
                let mut parts = Vec::new();
                while !self.take(")") {
                    parts.push(self.shape()?);
                }
                Ok(Shape::Tuple(parts))
            }
            Some('#') => {
                self.expect("#")?;
                let label = self.number()?;
                if self.take("=") {
                    Ok(Shape::Recursive(label, Box::new(self.shape()?)))
                } else {
                    Ok(Shape::Again(label))
                }
            }
            Some('{') => self.structure(Struct::default()),
            _ => self.named(),
        }
    }

    /// A shape that begins with a word.
    fn named(&mut self) -> Result<Shape, ParseError> {
        let before = self.clone();
        let word = self
            .bare()
            .ok_or_else(|| before.error("expected a shape"))?;
        if let Some(scalar) = Scalar::named(word) {
            return Ok(Shape::Scalar(scalar));
        }
        if let Some(constraint) = Constraint::named(word) {
            self.expect("<")?;
            let inner = self.shape()?;
            self.expect(">")?;
            return Ok(Shape::Constrained(constraint, Box::new(inner)));
        }
        match word {
            "opaque" => self.string().map(Shape::Opaque),
            "map" => {
                self.expect("<")?;
                let (key, value) = (self.shape()?, self.shape()?);
                self.expect(">")?;
                Ok(Shape::Map(Box::new(key), Box::new(value)))
            }
            "enum" => self.enumeration(),
            "strict" | "named-only" => {
                let named_only = word == "named-only" || self.take("named-only");
                self.structure(Struct {
                    deny: word == "strict",
                    named_only,
                    ..Struct::default()
                })
            }
            _ => Err(before.error(format!("unknown shape `{word}`"))),
        }
    }

    fn structure(&mut self, mut fields: Struct) -> Result<Shape, ParseError> {
        self.expect("{")?;
        while !self.take("}") {
            if self.take("..") {
                self.expect(":")?;
                fields.rest.push(self.shape()?);
                continue;
            }
            let name = self.name()?;
            let optional = self.take("?");
            self.expect(":")?;
            let shape = self.shape()?;
            let left_out = self.take("(left-out)");
            fields.fields.push(Field {
                name,
                aliases: self.aliases()?,
                optional,
                left_out,
                shape,
            });
        }
        Ok(Shape::Struct(fields))
    }

    fn enumeration(&mut self) -> Result<Shape, ParseError> {
        let repr = if self.take("untagged") {
            Repr::Untagged
        } else if self.take("tag") {
            let tag = self.string()?;
            if self.take("content") {
                Repr::Adjacent(tag, self.string()?)
            } else {
                Repr::Internal(tag)
            }
        } else {
            Repr::External
        };
        self.expect("{")?;
        let mut variants = Vec::new();
        while !self.take("}") {
            let name = self.name()?;
            let content = if self.take(":") {
                Some(self.shape()?)
            } else {
                None
            };
            let (other, untagged) = (self.take("(other)"), self.take("(untagged)"));
            variants.push(Variant {
                name,
                aliases: self.aliases()?,
                content,
                other,
                untagged,
            });
        }
        Ok(Shape::Enum(Enum { repr, variants }))
    }

    /// The other names that are read.
    fn aliases(&mut self) -> Result<Vec<String>, ParseError> {
        let mut aliases = Vec::new();
        while self.take("(alias") {
            aliases.push(self.name()?);
            self.expect(")")?;
        }
        Ok(aliases)
    }
}
