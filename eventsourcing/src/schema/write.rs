//! Shapes as text: over several lines in the lock file, on one line in messages.

use std::fmt;

use super::shape::{Enum, Field, Repr, Shape, Struct, Variant};

/// On one line, as messages show it.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        Writer {
            text: &mut text,
            indent: None,
        }
        .shape(self);
        f.write_str(&text)
    }
}

/// Over several lines, each but the first indented by `indent` spaces and more.
pub(crate) fn lines(shape: &Shape, indent: usize) -> String {
    let mut text = String::new();
    Writer {
        text: &mut text,
        indent: Some(indent),
    }
    .shape(shape);
    text
}

/// A name as it stands in the text: bare where it can be.
pub(crate) fn name(name: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | '$');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(plain) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

/// A text in quotes, with escapes as in JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Writer<'a> {
    text: &'a mut String,
    /// Spaces before a line; `None` for one line.
    indent: Option<usize>,
}

impl Writer<'_> {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Scalar(scalar) => self.put(scalar.name()),
            Shape::Opaque(name) => self.put(&format!("opaque {}", quoted(name))),
            Shape::Constrained(constraint, inner) => {
                self.put(constraint.name());
                self.put("<");
                self.shape(inner);
                self.put(">");
            }
            Shape::Option(inner) => {
                self.shape(inner);
                self.put("?");
            }
            Shape::Seq(inner) => {
                self.put("[");
                self.shape(inner);
                self.put("]");
            }
            Shape::Array(inner, len) => {
                self.put("[");
                self.shape(inner);
                self.put(&format!("; {len}]"));
            }
            Shape::Tuple(parts) => {
                self.put("(");
                for (index, part) in parts.iter().enumerate() {
                    self.put(if index == 0 { "" } else { ", " });
                    self.shape(part);
                }
                self.put(")");
            }
            Shape::Map(key, value) => {
                self.put("map<");
                self.shape(key);
                self.put(", ");
                self.shape(value);
                self.put(">");
            }
            Shape::Struct(fields) => self.structure(fields),
            Shape::Enum(choices) => self.enumeration(choices),
            Shape::Recursive(label, inner) => {
                self.put(&format!("#{label} = "));
                self.shape(inner);
            }
            Shape::Again(label) => self.put(&format!("#{label}")),
        }
    }

    fn structure(&mut self, fields: &Struct) {
        self.put(if fields.deny { "strict " } else { "" });
        self.put(if fields.named_only { "named-only " } else { "" });
        let parts = fields.fields.len() + fields.rest.len();
        let mut rest = fields.rest.iter();
        self.block(parts, |writer, index| {
            if let Some(field) = fields.fields.get(index) {
                writer.field(field);
            } else {
                writer.put("..: ");
                rest.next().into_iter().for_each(|rest| writer.shape(rest));
            }
        });
    }

    fn field(&mut self, field: &Field) {
        self.put(&name(&field.name));
        self.put(if field.optional { "?: " } else { ": " });
        self.shape(&field.shape);
        self.put(if field.left_out { " (left-out)" } else { "" });
        self.aliases(&field.aliases);
    }

    fn aliases(&mut self, aliases: &[String]) {
        for alias in aliases {
            self.put(&format!(" (alias {})", name(alias)));
        }
    }

    fn enumeration(&mut self, choices: &Enum) {
        self.put("enum ");
        match &choices.repr {
            Repr::External => {}
            Repr::Internal(tag) => self.put(&format!("tag {} ", quoted(tag))),
            Repr::Adjacent(tag, content) => {
                self.put(&format!("tag {} content {} ", quoted(tag), quoted(content)));
            }
            Repr::Untagged => self.put("untagged "),
        }
        let variants = &choices.variants;
        self.block(variants.len(), |writer, index| {
            writer.variant(&variants[index]);
        });
    }

    fn variant(&mut self, variant: &Variant) {
        self.put(&name(&variant.name));
        if let Some(content) = &variant.content {
            self.put(": ");
            self.shape(content);
        }
        self.put(if variant.other { " (other)" } else { "" });
        self.put(if variant.untagged { " (untagged)" } else { "" });
        self.aliases(&variant.aliases);
    }

    fn block(&mut self, parts: usize, mut part: impl FnMut(&mut Self, usize)) {
        if parts == 0 {
            self.put("{}");
            return;
        }
        self.put("{");
        let outer = self.indent;
        self.indent = outer.map(|indent| indent + 2);
        for index in 0..parts {
            match self.indent {
                Some(indent) => self.put(&format!("\n{:indent$}", "")),
                None => self.put(if index == 0 { " " } else { ", " }),
            }
            part(self, index);
        }
        self.indent = outer;
        match outer {
            Some(indent) => self.put(&format!("\n{:indent$}}}", "")),
            None => self.put(" }"),
        }
    }
}
