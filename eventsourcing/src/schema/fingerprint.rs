//! [`Fingerprint`]: a short name of a shape, one for formats with field names and one for those without.

use std::fmt;

use crate::fnv::Fnv;

use super::shape::{Enum, Repr, Shape, Struct};

/// 64 bits that stand for a shape (FNV-1a). The same on every machine and in every version of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

/// How a format stores fields and variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WireClass {
    /// By name, like JSON and CBOR: order does not count.
    Named,
    /// By place, like postcard: names do not count.
    Positional,
}

impl fmt::Display for WireClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Named => "named",
            Self::Positional => "positional",
        })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Fingerprint {
    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl Shape {
    /// The fingerprint for formats of this class: equal if they store both shapes alike. Two that are stored
    /// differently have different ones but for a chance of about 1 in 2^64, as 64 bits allow.
    pub fn fingerprint(&self, class: WireClass) -> Fingerprint {
        Fingerprint(of(self, class))
    }
}

/// A hash over words and the hashes of parts.
struct Hash(Fnv);

impl Hash {
    fn new(kind: &str) -> Self {
        Self(Fnv::new()).word(kind)
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        Self(self.0.bytes(bytes))
    }

    /// A text and its length, so that two texts are never taken for others.
    fn word(self, word: &str) -> Self {
        self.number(word.len() as u64).bytes(word.as_bytes())
    }

    fn number(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn flag(self, flag: bool) -> Self {
        self.number(flag.into())
    }
}

fn of(shape: &Shape, class: WireClass) -> u64 {
    let part = |shape: &Shape| of(shape, class);
    let hash = match shape {
        Shape::Scalar(scalar) => Hash::new("scalar").word(scalar.name()),
        Shape::Opaque(name) => Hash::new("opaque").word(name),
        Shape::Constrained(constraint, inner) => Hash::new("constrained")
            .word(constraint.name())
            .number(part(inner)),
        Shape::Option(inner) => Hash::new("option").number(part(inner)),
        Shape::Seq(inner) => Hash::new("seq").number(part(inner)),
        Shape::Array(inner, len) => Hash::new("array").number(part(inner)).number(*len as u64),
        Shape::Tuple(parts) => parts
            .iter()
            .fold(Hash::new("tuple"), |hash, shape| hash.number(part(shape))),
        Shape::Map(key, value) => Hash::new("map").number(part(key)).number(part(value)),
        Shape::Struct(fields) => structure(fields, class),
        Shape::Enum(choices) => enumeration(choices, class),
        Shape::Recursive(label, inner) => Hash::new("recursive")
            .number((*label).into())
            .number(part(inner)),
        Shape::Again(label) => Hash::new("again").number((*label).into()),
    };
    hash.0.finish()
}

fn structure(fields: &Struct, class: WireClass) -> Hash {
    let part = |shape: &Shape| of(shape, class);
    let rest = fields.rest.iter().map(part);
    match class {
        WireClass::Named => {
            let mut sorted: Vec<_> = fields.fields.iter().collect();
            sorted.sort_by(|a, b| a.name.cmp(&b.name));
            let hash = Hash::new("struct").flag(fields.deny);
            let hash = sorted.into_iter().fold(hash, |hash, field| {
                let hash = if field.left_out {
                    hash.word("left-out")
                } else {
                    hash
                };
                hash.word(&field.name)
                    .flag(field.optional)
                    .number(part(&field.shape))
            });
            rest.fold(hash, |hash, rest| hash.word("rest").number(rest))
        }
        WireClass::Positional => {
            let hash = Hash::new("struct").flag(fields.named_only);
            let parts = fields.fields.iter().map(|field| part(&field.shape));
            parts.chain(rest).fold(hash, Hash::number)
        }
    }
}

fn enumeration(choices: &Enum, class: WireClass) -> Hash {
    let hash = Hash::new("enum");
    let hash = match &choices.repr {
        Repr::External => hash.word("external"),
        Repr::Internal(tag) => hash.word("internal").word(tag),
        Repr::Adjacent(tag, content) => hash.word("adjacent").word(tag).word(content),
        Repr::Untagged => hash.word("untagged"),
    };
    // The order of untagged variants decides which of them is read.
    let by_name = class == WireClass::Named && choices.repr != Repr::Untagged;
    let mut variants: Vec<_> = choices.variants.iter().collect();
    if by_name {
        variants.sort_by(|a, b| (a.untagged, &a.name).cmp(&(b.untagged, &b.name)));
    }
    // Whether unknown fields are refused was told here, and is told of the variants' contents: files keep their hashes.
    let hash = hash.flag(false);
    variants.into_iter().fold(hash, |hash, variant| {
        let name = by_name && !variant.untagged;
        let hash = if name { hash.word(&variant.name) } else { hash };
        let hash = hash.flag(variant.other).flag(variant.untagged);
        match &variant.content {
            Some(content) => hash.word("content").number(of(content, class)),
            None => hash.word("alone"),
        }
    })
}
