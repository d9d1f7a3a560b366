//! [`compare`]: what became of a shape, change by change.

use std::fmt;

use super::fingerprint::WireClass;
use super::rules::{Effect, Reads, Rule};
use super::shape::{Enum, Repr, Scalar, Shape, Struct, Variant};

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
        compare(self);
        self.path.pop();
    }

    fn shapes(&mut self, before: &Shape, after: &Shape) {
        match (before, after) {
            (Shape::Recursive(_, before), Shape::Recursive(_, after))
            | (Shape::Option(before), Shape::Option(after)) => self.shapes(before, after),
            // A type that contains itself, written out or drawn together.
            (Shape::Recursive(_, before), after) => self.shapes(before, after),
            (before, Shape::Recursive(_, after)) => self.shapes(before, after),
            (before, Shape::Option(after)) if before.kind() == after.kind() => {
                self.change(
                    Rule::BecameOption,
                    before.kind(),
                    format!("{}?", after.kind()),
                );
                self.shapes(before, after);
            }
            (Shape::Option(before), after) if before.kind() == after.kind() => {
                self.change(
                    Rule::BecameRequired,
                    format!("{}?", before.kind()),
                    after.kind(),
                );
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

    fn structures(&mut self, before: &Struct, after: &Struct) {
        let left_out = after.named_only && !before.named_only;
        let (pairs, removed, added) = pair(
            &before.fields,
            &after.fields,
            |a, b| a.name == b.name,
            |a, b| b.aliases.contains(&a.name),
            |a, b| a.shape == b.shape,
        );
        let mut filled = false;
        for &(a, b, how) in &pairs {
            let (a, b) = (&before.fields[a], &after.fields[b]);
            self.at(&*a.name, |c| {
                match how {
                    Match::Name => {}
                    Match::Alias => c.change(Rule::FieldRenamedWithAlias, &a.name, &b.name),
                    Match::Place => c.change(Rule::FieldRenamed, &a.name, &b.name),
                }
                c.shapes(&a.shape, &b.shape);
                // That an option may be absent goes without saying.
                let option = |shape: &Shape| matches!(shape, Shape::Option(_));
                match (a.optional, b.optional) {
                    (false, true) if option(&b.shape) && !option(&a.shape) => {}
                    (true, false) if option(&a.shape) && !option(&b.shape) => {}
                    (false, true) if left_out => {
                        filled = true;
                        c.change(Rule::FieldLeftOut, "", "");
                    }
                    (false, true) => c.change(Rule::DefaultAdded, "", ""),
                    (true, false) => c.change(Rule::DefaultDropped, "", ""),
                    _ => {}
                }
            });
        }
        if !in_order(&pairs) {
            let names = |fields: &Struct| {
                fields
                    .fields
                    .iter()
                    .map(|f| f.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            self.change(Rule::FieldsReordered, names(before), names(after));
        }
        for field in removed {
            let rule = if after.deny {
                Rule::FieldRemovedStrict
            } else {
                Rule::FieldRemoved
            };
            let field = &before.fields[field];
            self.at(&*field.name, |c| {
                c.change(rule, field.shape.to_string(), "");
            });
        }
        for field in added {
            let field = &after.fields[field];
            let rule = match (field.optional, before.deny) {
                (true, false) => Rule::OptionalFieldAdded,
                (true, true) => Rule::OptionalFieldAddedStrict,
                (false, false) => Rule::FieldAdded,
                (false, true) => Rule::FieldAddedStrict,
            };
            self.at(&*field.name, |c| {
                c.change(rule, "", field.shape.to_string());
            });
        }
        if before.rest != after.rest {
            let text = |fields: &Struct| {
                fields
                    .rest
                    .iter()
                    .map(Shape::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            self.change(Rule::FlattenedChanged, text(before), text(after));
        }
        self.deny(before.deny, after.deny);
        match (before.named_only, after.named_only) {
            (false, true) if !filled => self.change(Rule::NamedOnlyAdded, "", ""),
            (true, false) => self.change(Rule::NamedOnlyDropped, "", ""),
            _ => {}
        }
    }

    fn deny(&mut self, before: bool, after: bool) {
        match (before, after) {
            (false, true) => self.change(Rule::DenyAdded, "", ""),
            (true, false) => self.change(Rule::DenyDropped, "", ""),
            _ => {}
        }
    }

    fn enums(&mut self, before: &Enum, after: &Enum) {
        if before.repr != after.repr {
            self.change(Rule::ReprChanged, repr(&before.repr), repr(&after.repr));
        }
        let untagged = after.repr == Repr::Untagged;
        let (pairs, removed, added) = pair(
            &before.variants,
            &after.variants,
            |a, b| a.name == b.name,
            |a, b| b.aliases.contains(&a.name),
            |a, b| a.content == b.content,
        );
        // The last untagged variant that stored payloads may be meant for.
        let meant = pairs.iter().map(|pair| pair.1);
        let last_meant = meant
            .filter(|&b| untagged || after.variants[b].untagged)
            .max();
        let shadows = |b: usize| {
            (untagged || after.variants[b].untagged) && last_meant.is_some_and(|last| b < last)
        };
        for &(a, b, how) in &pairs {
            let shadows = shadows(b);
            let (a, b) = (&before.variants[a], &after.variants[b]);
            self.at(&*a.name, |c| {
                if shadows && a.content != b.content {
                    c.change(Rule::UntaggedShadows, "", "");
                }
                match how {
                    _ if untagged || b.untagged => {}
                    Match::Name => {}
                    Match::Alias => c.change(Rule::VariantRenamedWithAlias, &a.name, &b.name),
                    Match::Place => c.change(Rule::VariantRenamed, &a.name, &b.name),
                }
                c.variants(a, b);
            });
        }
        if !in_order(&pairs) {
            let names = |of: &Enum| {
                of.variants
                    .iter()
                    .map(|v| v.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let rule = if untagged {
                Rule::UntaggedReordered
            } else {
                Rule::VariantsReordered
            };
            self.change(rule, names(before), names(after));
        }
        for variant in removed {
            let variant = &before.variants[variant];
            let content = variant.content.as_ref().map(Shape::to_string);
            self.at(&*variant.name, |c| {
                c.change(Rule::VariantRemoved, content.unwrap_or_default(), "");
            });
        }
        let last_kept = pairs.iter().map(|pair| pair.1).max();
        for index in added {
            let variant = &after.variants[index];
            let inserted = last_kept.is_some_and(|last| index < last);
            let rule = if shadows(index) {
                Rule::UntaggedShadows
            } else if inserted {
                Rule::VariantInserted
            } else {
                Rule::VariantAdded
            };
            let content = variant.content.as_ref().map(Shape::to_string);
            self.at(&*variant.name, |c| {
                c.change(rule, "", content.unwrap_or_default());
            });
        }
        let other = |of: &Enum| of.variants.iter().any(|variant| variant.other);
        match (other(before), other(after)) {
            (true, false) => self.change(Rule::OtherDropped, "", ""),
            (false, true) => self.change(Rule::OtherAdded, "", ""),
            _ => {}
        }
        self.deny(before.deny, after.deny);
    }

    fn variants(&mut self, before: &Variant, after: &Variant) {
        if before.untagged != after.untagged {
            self.change(Rule::ReprChanged, "", "");
        }
        match (&before.content, &after.content) {
            (Some(before), Some(after)) => self.shapes(before, after),
            (None, None) => {}
            (before, after) => {
                let text = |content: &Option<Shape>| {
                    content.as_ref().map_or("nothing".into(), Shape::to_string)
                };
                self.change(Rule::ContentChanged, text(before), text(after));
            }
        }
    }
}

fn parts(shape: &Shape) -> Option<usize> {
    match shape {
        Shape::Tuple(parts) => Some(parts.len()),
        Shape::Array(_, len) => Some(*len),
        _ => None,
    }
}

fn repr(repr: &Repr) -> String {
    match repr {
        Repr::External => "around the content".into(),
        Repr::Internal(tag) => format!("in the field {tag:?}"),
        Repr::Adjacent(tag, content) => format!("in {tag:?} beside {content:?}"),
        Repr::Untagged => "nowhere".into(),
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

/// How two parts were found to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Name,
    Alias,
    Place,
}

type Pairs = Vec<(usize, usize, Match)>;

/// Pairs parts of one name, then those whose old name is still read, then those that are alike in the same place.
fn pair<T>(
    before: &[T],
    after: &[T],
    name: impl Fn(&T, &T) -> bool,
    alias: impl Fn(&T, &T) -> bool,
    alike: impl Fn(&T, &T) -> bool,
) -> (Pairs, Vec<usize>, Vec<usize>) {
    let mut pairs = Pairs::new();
    let mut found = |how: Match, same: &dyn Fn(usize, usize) -> bool| {
        for a in 0..before.len() {
            for b in 0..after.len() {
                let free = !pairs.iter().any(|pair| pair.0 == a || pair.1 == b);
                if free && same(a, b) {
                    pairs.push((a, b, how));
                }
            }
        }
    };
    found(Match::Name, &|a, b| name(&before[a], &after[b]));
    found(Match::Alias, &|a, b| alias(&before[a], &after[b]));
    if before.len() == after.len() {
        found(Match::Place, &|a, b| a == b && alike(&before[a], &after[b]));
    }
    pairs.sort_by_key(|pair| pair.0);
    let removed = (0..before.len()).filter(|a| !pairs.iter().any(|pair| pair.0 == *a));
    let added = (0..after.len()).filter(|b| !pairs.iter().any(|pair| pair.1 == *b));
    let (removed, added) = (removed.collect(), added.collect());
    (pairs, removed, added)
}

fn in_order(pairs: &Pairs) -> bool {
    pairs.windows(2).all(|two| two[0].1 < two[1].1)
}
