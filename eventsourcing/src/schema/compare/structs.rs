//! Fields: added, removed, renamed, reordered; absent, left out, flattened.

use super::super::rules::Rule;
use super::super::shape::{Field, Shape, Struct};
use super::Comparison;
use super::pair::{Match, in_order, pair};

impl Comparison {
    pub(super) fn structures(&mut self, before: &Struct, after: &Struct) {
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
                filled |= c.presence(a, b);
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
            let field = &before.fields[field];
            let read_too =
                |field: &Field| after.fields.iter().any(|b| b.aliases.contains(&field.name));
            let rule = if read_too(field) {
                Rule::FieldsMerged
            } else if !after.rest.is_empty() {
                Rule::FlattenedChanged
            } else if after.deny {
                Rule::FieldRemovedStrict
            } else {
                Rule::FieldRemoved
            };
            self.at(&*field.name, |c| {
                c.change(rule, field.shape.to_string(), "");
            });
        }
        for field in added {
            let field = &after.fields[field];
            let rule = match (field.optional, before.deny) {
                (true, _) if !before.rest.is_empty() => Rule::FlattenedChanged,
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

    /// Whether a field may be absent, and whether it is; true if that alone says why formats without names are out.
    fn presence(&mut self, a: &Field, b: &Field) -> bool {
        if b.left_out && !a.left_out && !a.optional {
            self.change(Rule::FieldLeftOut, "", "");
            return true;
        }
        if a.left_out != b.left_out {
            self.change(Rule::LeftOutChanged, "", "");
        }
        // That an option may be absent goes without saying.
        let option = |shape: &Shape| matches!(shape, Shape::Option(_));
        match (a.optional, b.optional) {
            (false, true) if option(&b.shape) && !option(&a.shape) => {}
            (true, false) if option(&a.shape) && !option(&b.shape) => {}
            (false, true) => self.change(Rule::DefaultAdded, "", ""),
            (true, false) => self.change(Rule::DefaultDropped, "", ""),
            _ => {}
        }
        false
    }

    fn deny(&mut self, before: bool, after: bool) {
        match (before, after) {
            (false, true) => self.change(Rule::DenyAdded, "", ""),
            (true, false) => self.change(Rule::DenyDropped, "", ""),
            _ => {}
        }
    }
}
