//! [`compare`]: what became of a shape, change by change.

mod enums;
mod pair;
mod structs;
mod untagged;

use std::fmt;

use super::fingerprint::WireClass;
use super::rules::{Effect, Reads, Rule};
use super::shape::{Scalar, Shape};

/// One change inside a shape.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Fields and variants that lead to it.
    pub path: Vec<String>,
    /// The rule it falls under.
    pub rule: Rule,
    /// What was there, as text; empty if nothing.
    pub before: String,
    /// What is there now, as text; empty if nothing.
    pub after: String,
}

impl Change {
    /// Whether today's code reads what was stored in formats of these classes.
    pub fn back(&self, classes: &[WireClass]) -> Reads {
        self.reads(classes, |back, _| back)
    }

    /// Whether code of then reads what is stored today.
    pub fn forward(&self, classes: &[WireClass]) -> Reads {
        self.reads(classes, |_, forward| forward)
    }

    fn reads(&self, classes: &[WireClass], pick: impl Fn(Reads, Reads) -> Reads) -> Reads {
        let effects = classes.iter().map(|class| match self.rule.effect(*class) {
            Effect::Changed { back, forward } => pick(back, forward),
            Effect::Alike | Effect::Tolerant => Reads::Yes,
        });
        effects.max().unwrap_or(Reads::Yes)
    }

    /// Whether something else is written in a format of these classes.
    pub fn is_written(&self, classes: &[WireClass]) -> bool {
        let effects = classes.iter().map(|class| self.rule.effect(*class));
        effects
            .into_iter()
            .any(|effect| matches!(effect, Effect::Changed { .. }))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.before.as_str(), self.after.as_str()) {
            ("", "") => String::new(),
            ("", after) => format!(": `{after}`"),
            (before, "") => format!(": `{before}`"),
            (before, after) => format!(": `{before}` -> `{after}`"),
        };
        write!(f, "[{}] {}{what}", self.rule, self.rule.text())
    }
}

/// What became of `before` in `after`; empty if they are stored alike in every format.
///
/// ```
/// use eventsourcing::schema::{Rule, Shape, compare};
///
/// let before: Shape = "{ owner: str }".parse()?;
/// let after: Shape = "{ owner: str, currency: str }".parse()?;
/// let changes = compare(&before, &after);
/// assert_eq!((changes[0].rule, changes[0].path.as_slice()), (Rule::FieldAdded, &["currency".to_owned()][..]));
/// # Ok::<(), eventsourcing::schema::ParseError>(())
/// ```
pub fn compare(before: &Shape, after: &Shape) -> Vec<Change> {
    let mut comparison = Comparison::default();
    comparison.shapes(before, after);
    comparison.changes
}

#[derive(Default)]
struct Comparison {
    path: Vec<String>,
    changes: Vec<Change>,
    /// The number of the place that is looked at.
    place: usize,
    /// The places of the enclosing recursive shapes, before and after.
    open: (Vec<usize>, Vec<usize>),
}

impl Comparison {
    fn change(&mut self, rule: Rule, before: impl Into<String>, after: impl Into<String>) {
        self.changes.push(Change {
            path: self.path.clone(),
            rule,
            before: before.into(),
            after: after.into(),
        });
    }

    fn at(&mut self, part: impl Into<String>, compare: impl FnOnce(&mut Self)) {
        self.path.push(part.into());
        self.place += 1;
        compare(self);
        self.path.pop();
    }

    fn shapes(&mut self, before: &Shape, after: &Shape) {
        match (before, after) {
            (Shape::Recursive(_, before), Shape::Recursive(_, after)) => {
                self.recursive(true, true, before, after);
            }
            // A type that contains itself, written out or drawn together.
            (Shape::Recursive(_, before), after) => self.recursive(true, false, before, after),
            (before, Shape::Recursive(_, after)) => self.recursive(false, true, before, after),
            (Shape::Again(a), Shape::Again(b)) => {
                let begins = |open: &[usize], label: u32| {
                    let index = usize::try_from(label).ok()?.checked_sub(1)?;
                    open.get(index).copied()
                };
                if begins(&self.open.0, *a) != begins(&self.open.1, *b) {
                    self.change(Rule::TypeChanged, before.kind(), "another enclosing type");
                }
            }
            (Shape::Constrained(a, before), Shape::Constrained(b, after)) if a == b => {
                self.shapes(before, after);
            }
            (Shape::Option(before), Shape::Option(after)) => self.shapes(before, after),
            (before, Shape::Option(after)) => {
                self.change(
                    Rule::BecameOption,
                    before.kind(),
                    format!("{}?", after.kind()),
                );
                self.shapes(before, after);
            }
            (Shape::Option(before), after) => {
                self.change(
                    Rule::BecameRequired,
                    format!("{}?", before.kind()),
                    after.kind(),
                );
                self.shapes(before, after);
            }
            (Shape::Constrained(constraint, before), after) => {
                self.change(Rule::ConstraintDropped, constraint.name(), "");
                self.shapes(before, after);
            }
            (before, Shape::Constrained(constraint, after)) => {
                self.change(Rule::ConstraintAdded, "", constraint.name());
                self.shapes(before, after);
            }
            (Shape::Seq(before), Shape::Seq(after)) => self.at("[]", |c| c.shapes(before, after)),
            (Shape::Array(before, a), Shape::Array(after, b)) => {
                if a != b {
                    self.change(Rule::LengthChanged, a.to_string(), b.to_string());
                }
                self.at("[]", |c| c.shapes(before, after));
            }
            (Shape::Tuple(before), Shape::Tuple(after)) if before.len() == after.len() => {
                for (index, (before, after)) in before.iter().zip(after).enumerate() {
                    self.at(index.to_string(), |c| c.shapes(before, after));
                }
            }
            (Shape::Tuple(_) | Shape::Array(..), Shape::Tuple(_) | Shape::Array(..)) => {
                let rule = match parts(before) == parts(after) {
                    _ if before == after => return,
                    true => Rule::TypeChanged,
                    false => Rule::LengthChanged,
                };
                self.change(rule, before.to_string(), after.to_string());
            }
            (Shape::Map(a, before), Shape::Map(b, after)) => {
                self.at("key", |c| c.shapes(a, b));
                self.at("value", |c| c.shapes(before, after));
            }
            (Shape::Struct(before), Shape::Struct(after)) => self.structures(before, after),
            (Shape::Enum(before), Shape::Enum(after)) => self.enums(before, after),
            (Shape::Opaque(a), Shape::Opaque(b)) if a != b => {
                self.change(Rule::OpaqueChanged, a, b);
            }
            (Shape::Scalar(a), Shape::Scalar(b)) if a != b => {
                self.change(scalars(*a, *b), a.name(), b.name());
            }
            (before, after) if before != after => {
                self.change(Rule::TypeChanged, before.kind(), after.kind());
            }
            _ => {}
        }
    }

    /// One of them at least contains itself.
    fn recursive(&mut self, of_before: bool, of_after: bool, before: &Shape, after: &Shape) {
        let (place, lens) = (self.place, (self.open.0.len(), self.open.1.len()));
        self.open.0.extend(of_before.then_some(place));
        self.open.1.extend(of_after.then_some(place));
        self.shapes(before, after);
        self.open.0.truncate(lens.0);
        self.open.1.truncate(lens.1);
    }
}

fn parts(shape: &Shape) -> Option<usize> {
    match shape {
        Shape::Tuple(parts) => Some(parts.len()),
        Shape::Array(_, len) => Some(*len),
        _ => None,
    }
}

fn scalars(before: Scalar, after: Scalar) -> Rule {
    match (before.integer(), after.integer()) {
        (Some((a, a_signed)), Some((b, b_signed))) => {
            let wider = b > a && (b_signed || !a_signed);
            if wider { Rule::Widened } else { Rule::Narrowed }
        }
        _ if matches!(before, Scalar::F32 | Scalar::F64)
            && matches!(after, Scalar::F32 | Scalar::F64) =>
        {
            Rule::FloatChanged
        }
        _ => Rule::TypeChanged,
    }
}
