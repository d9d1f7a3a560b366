//! Variants that are stored without a name: the first that fits is read, and names go before all of them.

use super::super::shape::{Enum, Repr, Scalar, Shape, Struct, Variant};

/// The variants without a name that stored payloads may be meant for.
pub(super) struct Untagged<'a> {
    of: &'a Enum,
    meant: Vec<usize>,
}

impl<'a> Untagged<'a> {
    /// Those among `kept`, which were there before.
    pub(super) fn new(of: &'a Enum, kept: impl Iterator<Item = usize>) -> Self {
        let nameless = |index: &usize| is_untagged(of, &of.variants[*index]);
        Self {
            of,
            meant: kept.filter(nameless).collect(),
        }
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        !self.meant.is_empty()
    }

    /// Whether one of them may lose payloads to the variant of this index, if that reads more than before.
    pub(super) fn may_lose_to(&self, index: usize) -> bool {
        let variant = &self.of.variants[index];
        if is_untagged(self.of, variant) {
            return self.meant.iter().any(|meant| index < *meant);
        }
        let contents = self.meant.iter();
        let mut contents = contents.filter_map(|meant| self.of.variants[*meant].content.as_ref());
        contents.any(|content| looks_like(content, &self.of.repr, variant))
    }
}

fn is_untagged(of: &Enum, variant: &Variant) -> bool {
    of.repr == Repr::Untagged || variant.untagged
}

/// Whether a variant reads other payloads than before. Other names that are read count here.
pub(super) fn reads_more(before: &Variant, after: &Variant) -> bool {
    let text = |variant: &Variant| variant.content.as_ref().map(Shape::to_string);
    let mut names = std::iter::once(&after.name).chain(&after.aliases);
    let known = |name: &String| *name == before.name || before.aliases.contains(name);
    text(before) != text(after) || !names.all(known)
}

/// Whether a value of this shape may be stored just as the variant is, name and all.
fn looks_like(shape: &Shape, repr: &Repr, variant: &Variant) -> bool {
    let tag = match repr {
        Repr::Internal(tag) | Repr::Adjacent(tag, _) => Some(tag),
        Repr::External | Repr::Untagged => None,
    };
    let is_name = |name: &String| *name == variant.name || variant.aliases.contains(name);
    // Whether a map with this key does.
    let key = |name: &String| tag.map_or_else(|| is_name(name), |tag| tag == name);
    let any_key =
        |of: &Struct| !of.rest.is_empty() || of.fields.iter().any(|field| key(&field.name));
    let inner = |shape: &Shape| looks_like(shape, repr, variant);
    match shape {
        Shape::Constrained(_, shape) | Shape::Option(shape) | Shape::Recursive(_, shape) => {
            inner(shape)
        }
        Shape::Scalar(Scalar::Any) | Shape::Opaque(_) | Shape::Again(_) | Shape::Map(..) => true,
        Shape::Scalar(Scalar::Str | Scalar::Char) => tag.is_none(),
        Shape::Scalar(_) => false,
        // A list is read as a tag and what follows.
        Shape::Seq(_) | Shape::Array(..) | Shape::Tuple(_) => tag.is_some(),
        Shape::Struct(of) => any_key(of),
        Shape::Enum(choices) => choices.variants.iter().any(|choice| {
            let content = choice.content.as_ref();
            match &choices.repr {
                _ if is_untagged(choices, choice) => content.is_some_and(inner),
                Repr::Internal(tag) => {
                    key(tag) || matches!(content, Some(Shape::Struct(of)) if any_key(of))
                }
                Repr::Adjacent(tag, _) => key(tag),
                Repr::External | Repr::Untagged => key(&choice.name),
            }
        }),
    }
}
