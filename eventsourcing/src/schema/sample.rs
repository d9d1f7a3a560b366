//! Payloads made from a shape alone, so that every version has a golden one without a person writing it.

use std::cell::Cell;

use serde::ser::{Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};

use super::shape::{Constraint, Enum, Field, Repr, Scalar, Shape, Struct, Variant};

/// How much a sample holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Every field, every option, one element in each list.
    Full,
    /// What must be there.
    Least,
}

/// A value of a shape, for any format. Numbers and texts in it differ, so that swapped fields show.
pub(crate) struct Sample<'a> {
    shape: &'a Shape,
    fill: Fill,
    /// The enclosing recursive shapes, outermost first.
    open: Vec<&'a Shape>,
    /// How often a recursive shape was entered again.
    again: usize,
    next: &'a Cell<u8>,
}

impl<'a> Sample<'a> {
    pub(crate) fn new(shape: &'a Shape, fill: Fill, next: &'a Cell<u8>) -> Self {
        Self {
            shape,
            fill,
            open: Vec::new(),
            again: 0,
            next,
        }
    }

    fn of(&self, shape: &'a Shape) -> Self {
        Self {
            shape,
            open: self.open.clone(),
            ..*self
        }
    }

    fn number(&self) -> u8 {
        let number = self.next.get() % 100 + 1;
        self.next.set(number);
        number
    }

    /// Whether what may be left out is left out.
    fn least(&self) -> bool {
        self.fill == Fill::Least || self.again > 0
    }

    fn fields(&self, fields: &'a Struct) -> impl Iterator<Item = &'a Field> + use<'a> {
        let least = self.least();
        fields
            .fields
            .iter()
            .filter(move |field| !(least && field.left_out))
    }
}

/// Formats want names that live forever; samples are made in tests, once for each version.
fn forever(name: &str) -> &'static str {
    Box::leak(name.to_owned().into_boxed_str())
}

impl Serialize for Sample<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.shape {
            Shape::Scalar(scalar) => self.scalar(*scalar, to),
            Shape::Opaque(name) => opaque(name, to),
            Shape::Constrained(Constraint::StreamId, _) => to.serialize_str("stream-1"),
            Shape::Constrained(_, inner) => self.of(inner).serialize(to),
            Shape::Option(_) if self.least() => to.serialize_none(),
            Shape::Option(inner) => to.serialize_some(&self.of(inner)),
            Shape::Seq(inner) => {
                let len = usize::from(!self.least());
                let mut seq = to.serialize_seq(Some(len))?;
                for _ in 0..len {
                    seq.serialize_element(&self.of(inner))?;
                }
                seq.end()
            }
            Shape::Array(inner, len) => {
                let mut tuple = to.serialize_tuple(*len)?;
                for _ in 0..*len {
                    tuple.serialize_element(&self.of(inner))?;
                }
                tuple.end()
            }
            Shape::Tuple(parts) => {
                let mut tuple = to.serialize_tuple(parts.len())?;
                for part in parts {
                    tuple.serialize_element(&self.of(part))?;
                }
                tuple.end()
            }
            Shape::Map(key, value) => {
                let len = usize::from(!self.least());
                let mut map = to.serialize_map(Some(len))?;
                for _ in 0..len {
                    map.serialize_entry(&self.of(key), &self.of(value))?;
                }
                map.end()
            }
            Shape::Struct(fields) => self.structure(fields, to),
            Shape::Enum(choices) => self.enumeration(choices, to),
            Shape::Recursive(_, inner) => {
                let mut inner = self.of(inner);
                inner.open.push(self.shape);
                inner.serialize(to)
            }
            Shape::Again(label) => {
                let index = usize::try_from(*label).unwrap_or_default().wrapping_sub(1);
                let Some(whole) = self.open.get(index).filter(|_| self.again < 3) else {
                    return Err(S::Error::custom("the type contains itself without end"));
                };
                let open = self.open[..index].to_vec();
                Sample {
                    shape: whole,
                    open,
                    again: self.again + 1,
                    ..*self
                }
                .serialize(to)
            }
        }
    }
}

impl Sample<'_> {
    fn scalar<S: Serializer>(&self, scalar: Scalar, to: S) -> Result<S::Ok, S::Error> {
        match scalar {
            Scalar::Bool => to.serialize_bool(true),
            Scalar::I8 => to.serialize_i8(self.number().try_into().unwrap_or(1)),
            Scalar::I16 => to.serialize_i16(self.number().into()),
            Scalar::I32 => to.serialize_i32(self.number().into()),
            Scalar::I64 => to.serialize_i64(self.number().into()),
            Scalar::I128 => to.serialize_i128(self.number().into()),
            Scalar::U8 => to.serialize_u8(self.number()),
            Scalar::U16 => to.serialize_u16(self.number().into()),
            Scalar::U32 => to.serialize_u32(self.number().into()),
            Scalar::U64 => to.serialize_u64(self.number().into()),
            Scalar::U128 => to.serialize_u128(self.number().into()),
            Scalar::F32 => to.serialize_f32(f32::from(self.number()) + 0.5),
            Scalar::F64 => to.serialize_f64(f64::from(self.number()) + 0.5),
            Scalar::Char => to.serialize_char('x'),
            Scalar::Str => to.serialize_str(&format!("text {}", self.number())),
            Scalar::Bytes => to.serialize_bytes(&[self.number()]),
            Scalar::Unit | Scalar::Any => to.serialize_unit(),
            Scalar::UnitStruct => to.serialize_unit_struct(""),
        }
    }

    fn structure<S: Serializer>(&self, fields: &Struct, to: S) -> Result<S::Ok, S::Error> {
        if fields.named_only {
            let mut map = to.serialize_map(None)?;
            self.entries(fields, &mut map)?;
            return map.end();
        }
        let mut structure = to.serialize_struct("", fields.fields.len())?;
        for field in &fields.fields {
            structure.serialize_field(forever(&field.name), &self.of(&field.shape))?;
        }
        structure.end()
    }

    fn entries<M: SerializeMap>(&self, fields: &Struct, map: &mut M) -> Result<(), M::Error> {
        for field in self.fields(fields) {
            map.serialize_entry(&field.name, &self.of(&field.shape))?;
        }
        fields
            .rest
            .iter()
            .try_for_each(|rest| self.flattened(rest, map))
    }

    fn flattened<M: SerializeMap>(&self, rest: &Shape, map: &mut M) -> Result<(), M::Error> {
        match rest {
            Shape::Map(..) => Ok(()),
            Shape::Option(_) if self.least() => Ok(()),
            Shape::Option(inner) => self.flattened(inner, map),
            Shape::Struct(fields) => self.entries(fields, map),
            Shape::Enum(choices) => match (&choices.repr, self.variant(choices)) {
                (Repr::Internal(tag), Some((_, variant))) if !variant.untagged => {
                    self.tagged(tag, variant, map)
                }
                _ => Err(M::Error::custom("it flattens an enum")),
            },
            other => Err(M::Error::custom(format!("it flattens {}", other.kind()))),
        }
    }

    /// The variant to store. Inside itself a type ends with one that holds nothing.
    fn variant<'s>(&self, choices: &'s Enum) -> Option<(usize, &'s Variant)> {
        let all = || choices.variants.iter().enumerate();
        let plain = || all().filter(|(_, variant)| !variant.other);
        let alone = plain().find(|(_, variant)| variant.content.is_none());
        alone
            .filter(|_| self.again > 0)
            .or_else(|| plain().next())
            .or_else(|| all().next())
    }

    /// A variant's name among the fields of its content.
    fn tagged<M: SerializeMap>(
        &self,
        tag: &str,
        variant: &Variant,
        map: &mut M,
    ) -> Result<(), M::Error> {
        map.serialize_entry(tag, &variant.name)?;
        match &variant.content {
            Some(Shape::Struct(fields)) => self.entries(fields, map),
            None | Some(Shape::Map(..) | Shape::Scalar(Scalar::Unit | Scalar::UnitStruct)) => {
                Ok(())
            }
            Some(other) => Err(M::Error::custom(format!("it tags {}", other.kind()))),
        }
    }

    fn enumeration<S: Serializer>(&self, choices: &Enum, to: S) -> Result<S::Ok, S::Error> {
        let Some((index, variant)) = self.variant(choices) else {
            return Err(S::Error::custom("the enum has no variants"));
        };
        let content = variant.content.as_ref().map(|content| self.of(content));
        let repr = if variant.untagged {
            &Repr::Untagged
        } else {
            &choices.repr
        };
        match (repr, content) {
            (Repr::External, None) => {
                to.serialize_unit_variant("", index_of(index), forever(&variant.name))
            }
            (Repr::External, Some(content)) => {
                to.serialize_newtype_variant("", index_of(index), forever(&variant.name), &content)
            }
            (Repr::Untagged, None) => to.serialize_unit(),
            (Repr::Untagged, Some(content)) => content.serialize(to),
            (Repr::Adjacent(tag, key), content) => {
                let mut map = to.serialize_map(None)?;
                map.serialize_entry(tag, &variant.name)?;
                if let Some(content) = content {
                    map.serialize_entry(key, &content)?;
                }
                map.end()
            }
            (Repr::Internal(tag), _) => {
                let mut map = to.serialize_map(None)?;
                self.tagged(tag, variant, &mut map)?;
                map.end()
            }
        }
    }
}

fn index_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// What is known of the opaque values of common types, in formats that people read.
fn opaque<S: Serializer>(name: &str, to: S) -> Result<S::Ok, S::Error> {
    let text = match name {
        "uuid" => "018f4a3e-7c1d-7b2a-9c3d-4e5f60718293",
        "ip" | "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "socket-address" => "192.0.2.1:80",
        "rfc3339" => "2026-03-01T09:30:00Z",
        "iso-date" => "2026-03-01",
        "iso-time" => "09:30:00",
        "iso-datetime" => "2026-03-01T09:30:00",
        other => {
            return Err(S::Error::custom(format!(
                "nothing is known of opaque {other:?}"
            )));
        }
    };
    if to.is_human_readable() {
        to.serialize_str(text)
    } else {
        Err(S::Error::custom(format!(
            "opaque {name:?} has another form in binary formats"
        )))
    }
}
