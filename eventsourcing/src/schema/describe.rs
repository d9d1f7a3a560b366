//! [`Describe`]: how a type tells its shape. The derive calls what is here.

use std::any::type_name;

use super::Schema;
use super::lock::SchemaIn;
use super::shape::{Enum, Field, Repr, Shape, Struct, Variant};

/// Collects a shape and notices types that contain themselves.
#[derive(Debug, Default)]
pub struct Describe {
    /// The types that are being described, and whether each was met again inside itself.
    open: Vec<(&'static str, bool)>,
}

/// The shape of a type.
///
/// ```
/// use eventsourcing::schema::{Scalar, Shape, shape_of};
///
/// assert_eq!(shape_of::<Vec<u8>>(), Shape::Seq(Box::new(Shape::Scalar(Scalar::U8))));
/// ```
pub fn shape_of<T: Schema + ?Sized>() -> Shape {
    let mut shape = T::describe(&mut Describe::default());
    number(&mut shape, &mut Vec::new());
    shape
}

/// Numbers the recursive shapes by how deep they stand in each other, so that where the description began in Rust's
/// terms does not matter.
pub(crate) fn number(shape: &mut Shape, open: &mut Vec<u32>) {
    match shape {
        Shape::Scalar(_) | Shape::Opaque(_) => {}
        Shape::Again(label) => {
            let depth = open
                .iter()
                .rposition(|open| open == label)
                .unwrap_or_default();
            *label = u32::try_from(depth + 1).unwrap_or(u32::MAX);
        }
        Shape::Recursive(label, inner) => {
            open.push(*label);
            *label = u32::try_from(open.len()).unwrap_or(u32::MAX);
            number(inner, open);
            open.pop();
        }
        Shape::Option(inner)
        | Shape::Seq(inner)
        | Shape::Array(inner, _)
        | Shape::Constrained(_, inner) => number(inner, open),
        Shape::Tuple(parts) => parts.iter_mut().for_each(|part| number(part, open)),
        Shape::Map(key, value) => {
            number(key, open);
            number(value, open);
        }
        Shape::Struct(fields) => {
            fields
                .fields
                .iter_mut()
                .for_each(|field| number(&mut field.shape, open));
            fields.rest.iter_mut().for_each(|rest| number(rest, open));
        }
        Shape::Enum(choices) => {
            let variants = choices.variants.iter_mut();
            let contents = variants.filter_map(|variant| variant.content.as_mut());
            contents.for_each(|content| number(content, open));
        }
    }
}

impl Describe {
    /// The shape of a part.
    pub fn of<T: Schema + ?Sized>(&mut self) -> Shape {
        T::describe(self)
    }

    /// The shape of a type that may contain itself, as `shape` gives it.
    pub fn named<T: ?Sized>(&mut self, shape: impl FnOnce(&mut Self) -> Shape) -> Shape {
        let name = type_name::<T>();
        let label = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        if let Some(index) = self.open.iter().position(|open| open.0 == name) {
            self.open[index].1 = true;
            return Shape::Again(label(index));
        }
        self.open.push((name, false));
        let shape = shape(self);
        let recursive = self.open.pop().is_some_and(|open| open.1);
        if recursive {
            Shape::Recursive(label(self.open.len()), Box::new(shape))
        } else {
            shape
        }
    }
}

/// Builds a [`Struct`].
#[derive(Debug)]
pub struct Fields(Struct);

impl Fields {
    /// No fields yet.
    pub fn new(deny: bool, named_only: bool) -> Self {
        Self(Struct {
            deny,
            named_only,
            ..Struct::default()
        })
    }

    fn push(mut self, name: &str, aliases: &[&str], optional: bool, shape: Shape) -> Self {
        self.0.fields.push(Field {
            name: name.into(),
            aliases: aliases.iter().map(|&alias| alias.into()).collect(),
            optional,
            left_out: false,
            shape,
        });
        self
    }

    /// Adds the name of the type, which is written under `key` and never read.
    pub fn tag(self, key: &str, name: &str) -> Self {
        let only = Choices::external().variant(name, &[], None);
        self.push(key, &[], true, only.finish())
    }

    /// Adds a field; `default` if it may be absent whatever its type is.
    pub fn field<T: Schema + ?Sized>(
        self,
        cx: &mut Describe,
        name: &str,
        aliases: &[&str],
        default: bool,
    ) -> Self {
        self.push(name, aliases, default || T::OPTIONAL, T::describe(cx))
    }

    /// [`Fields::field`], asked for only where `K` becomes known.
    pub fn field_in<K, T: SchemaIn<K> + ?Sized>(
        self,
        cx: &mut Describe,
        name: &str,
        aliases: &[&str],
        default: bool,
    ) -> Self {
        self.push(name, aliases, default || T::OPTIONAL, T::describe(cx))
    }

    /// Adds a field only its name is known of.
    pub fn opaque(self, opaque: &str, name: &str, aliases: &[&str], default: bool) -> Self {
        self.push(name, aliases, default, Shape::opaque(opaque))
    }

    /// The last field may be left out when it is written.
    pub fn left_out(mut self) -> Self {
        if let Some(last) = self.0.fields.last_mut() {
            last.left_out = true;
        }
        self
    }

    /// The last field must be there whatever its type is: serde asks a function for it.
    pub fn required(mut self) -> Self {
        if let Some(last) = self.0.fields.last_mut() {
            last.optional = false;
        }
        self
    }

    /// Adds the fields of another type.
    pub fn flatten<T: Schema + ?Sized>(mut self, cx: &mut Describe) -> Self {
        self.flat(T::describe(cx));
        self
    }

    /// [`Fields::flatten`], asked for only where `K` becomes known.
    pub fn flatten_in<K, T: SchemaIn<K> + ?Sized>(mut self, cx: &mut Describe) -> Self {
        self.flat(T::describe(cx));
        self
    }

    /// Adds fields nothing is known of.
    pub fn flatten_opaque(mut self, opaque: &str) -> Self {
        self.0.rest.push(Shape::opaque(opaque));
        self
    }

    /// The fields of a struct become fields of this one. Those of an optional struct do not: if one of them cannot be
    /// read, none is.
    fn flat(&mut self, shape: Shape) {
        match shape {
            Shape::Struct(inner) => {
                self.0.fields.extend(inner.fields);
                self.0.rest.extend(inner.rest);
            }
            other => self.0.rest.push(other),
        }
    }

    /// The shape.
    pub fn finish(self) -> Shape {
        Shape::Struct(self.0)
    }
}

/// Builds an [`Enum`].
#[derive(Debug)]
pub struct Choices(Enum);

impl Choices {
    fn new(repr: Repr) -> Self {
        Self(Enum {
            repr,
            variants: Vec::new(),
        })
    }

    /// Names around the content.
    pub fn external() -> Self {
        Self::new(Repr::External)
    }

    /// Names among the content's fields.
    pub fn internal(tag: &str) -> Self {
        Self::new(Repr::Internal(tag.into()))
    }

    /// Names beside the content.
    pub fn adjacent(tag: &str, content: &str) -> Self {
        Self::new(Repr::Adjacent(tag.into(), content.into()))
    }

    /// No names.
    pub fn untagged() -> Self {
        Self::new(Repr::Untagged)
    }

    /// Adds a variant.
    pub fn variant(mut self, name: &str, aliases: &[&str], content: Option<Shape>) -> Self {
        self.0.variants.push(Variant {
            name: name.into(),
            aliases: aliases.iter().map(|&alias| alias.into()).collect(),
            content,
            other: false,
            untagged: false,
        });
        self
    }

    /// The last variant is read for every unknown name.
    pub fn other(mut self) -> Self {
        if let Some(last) = self.0.variants.last_mut() {
            last.other = true;
        }
        self
    }

    /// The last variant is stored without its name.
    pub fn last_untagged(mut self) -> Self {
        if let Some(last) = self.0.variants.last_mut() {
            last.untagged = true;
        }
        self
    }

    /// The shape.
    pub fn finish(self) -> Shape {
        Shape::Enum(self.0)
    }
}
