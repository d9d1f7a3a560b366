//! Variants: added, removed, renamed, reordered; where their names are stored, and which of those without a name is read.

use super::super::rules::Rule;
use super::super::shape::{Enum, Repr, Shape, Variant};
use super::Comparison;
use super::pair::{Match, in_order, pair};
use super::untagged::{Untagged, reads_more};

impl Comparison {
    pub(super) fn enums(&mut self, before: &Enum, after: &Enum) {
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
        let kept = Untagged::new(after, pairs.iter().map(|pair| pair.1));
        for &(a, b, how) in &pairs {
            let (index, a, b) = (b, &before.variants[a], &after.variants[b]);
            self.at(&*a.name, |c| {
                if reads_more(a, b) && kept.may_lose_to(index) {
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
            let rule = if kept.may_lose_to(index) {
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
            (false, true) if kept.any() => self.change(Rule::UntaggedShadows, "", ""),
            (false, true) => self.change(Rule::OtherAdded, "", ""),
            _ => {}
        }
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

fn repr(repr: &Repr) -> String {
    match repr {
        Repr::External => "around the content".into(),
        Repr::Internal(tag) => format!("in the field {tag:?}"),
        Repr::Adjacent(tag, content) => format!("in {tag:?} beside {content:?}"),
        Repr::Untagged => "nowhere".into(),
    }
}
