//! [`Shape`]: what is stored of a type, as serde writes it, without anything that Rust alone knows.

/// What is stored of a type.
///
/// Names of Rust types, wrappers that serde looks through (`Box`, newtypes, `#[serde(transparent)]`) and documentation
/// are not part of it; two types with one shape are stored alike.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// A single value.
    Scalar(Scalar),
    /// Something only its name is known of, as `#[es(opaque = "..")]` gives it.
    Opaque(String),
    /// Stored like the shape, of which not every value is read.
    Constrained(Constraint, Box<Shape>),
    /// A value or none.
    Option(Box<Shape>),
    /// Any number of values.
    Seq(Box<Shape>),
    /// This many values of one shape.
    Array(Box<Shape>, usize),
    /// Values of several shapes, in order.
    Tuple(Vec<Shape>),
    /// Keys with values.
    Map(Box<Shape>, Box<Shape>),
    /// Fields with names.
    Struct(Struct),
    /// One of several variants.
    Enum(Enum),
    /// A shape that contains itself: [`Shape::Again`] with this number stands for the whole.
    Recursive(u32, Box<Shape>),
    /// The enclosing [`Shape::Recursive`] of this number.
    Again(u32),
}

/// Fields with names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Struct {
    /// The fields, as they are declared.
    pub fields: Vec<Field>,
    /// Flattened parts whose fields are not known, or are there together or not at all.
    pub rest: Vec<Shape>,
    /// Whether a field that is none of these makes reading fail (`#[serde(deny_unknown_fields)]`).
    pub deny: bool,
    /// Whether only formats with field names can store it: fields are flattened or left out.
    pub named_only: bool,
}

/// A field with a name.
#[derive(Debug, Clone, Eq)]
pub struct Field {
    /// Stored name.
    pub name: String,
    /// Other names that are read; they make no other shape.
    pub aliases: Vec<String>,
    /// Whether it may be absent when it is read: an `Option`, or `#[serde(default)]`.
    pub optional: bool,
    /// Whether it may be left out when it is written (`#[serde(skip_serializing_if)]`).
    pub left_out: bool,
    /// What is stored of it.
    pub shape: Shape,
}

/// One of several variants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// Where the variant's name is stored.
    pub repr: Repr,
    /// The variants, as they are declared.
    pub variants: Vec<Variant>,
}

/// Where the name of a variant is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repr {
    /// Around the content: `{"Limit": 5}`.
    External,
    /// Among the content's fields, under this name.
    Internal(String),
    /// Beside the content, under the first name; the content is under the second.
    Adjacent(String, String),
    /// Nowhere.
    Untagged,
}

/// A variant.
#[derive(Debug, Clone, Eq)]
pub struct Variant {
    /// Stored name.
    pub name: String,
    /// Other names that are read; they make no other shape.
    pub aliases: Vec<String>,
    /// What is stored besides the name.
    pub content: Option<Shape>,
    /// Whether it is read for every unknown name (`#[serde(other)]`).
    pub other: bool,
    /// Whether it is stored without its name, in an enum that stores names.
    pub untagged: bool,
}

/// Other names that are read make no other shape.
impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        let parts = |field: &Self| (field.optional, field.left_out);
        parts(self) == parts(other) && (&self.name, &self.shape) == (&other.name, &other.shape)
    }
}

/// Other names that are read make no other shape.
impl PartialEq for Variant {
    fn eq(&self, other: &Self) -> bool {
        let parts = |variant: &Self| (variant.other, variant.untagged);
        parts(self) == parts(other) && (&self.name, &self.content) == (&other.name, &other.content)
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $ty:ident: $($name:ident $text:literal $doc:literal,)*) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $ty {
            $(#[doc = $doc] $name,)*
        }

        impl $ty {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $text),)*];

            /// Its word in the lock file.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// The one of this word.
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().find(|row| row.1 == word).map(|row| row.0)
            }
        }
    };
}

words! {
    /// A single value.
    Scalar:
    Bool "bool" "True or false.",
    I8 "i8" "A signed integer of 8 bits.",
    I16 "i16" "A signed integer of 16 bits.",
    I32 "i32" "A signed integer of 32 bits.",
    I64 "i64" "A signed integer of 64 bits.",
    I128 "i128" "A signed integer of 128 bits.",
    U8 "u8" "An unsigned integer of 8 bits.",
    U16 "u16" "An unsigned integer of 16 bits.",
    U32 "u32" "An unsigned integer of 32 bits.",
    U64 "u64" "An unsigned integer of 64 bits.",
    U128 "u128" "An unsigned integer of 128 bits.",
    F32 "f32" "A float of 32 bits.",
    F64 "f64" "A float of 64 bits.",
    Char "char" "A character.",
    Str "str" "A text.",
    Bytes "bytes" "Bytes.",
    Unit "unit" "Nothing.",
    UnitStruct "unit-struct" "A type without fields: nothing, once an empty list.",
    Any "any" "Whatever was there: a value that describes itself, like `serde_json::Value`.",
}

words! {
    /// Why not every value of a shape is read.
    Constraint:
    Checked "checked" "A conversion may refuse it: `#[serde(try_from = \"..\")]`.",
    NonZero "nonzero" "Zero is refused.",
    Set "set" "What is there twice is read once, and the order is lost.",
    Heap "heap" "The order is lost.",
    Range "range" "A beginning, and an end that is no part of it.",
    RangeInclusive "range-inclusive" "A beginning, and an end that is part of it.",
    Duration "duration" "A length of time.",
    SystemTime "system-time" "A point in time.",
    StreamId "stream-id" "The id of a stream.",
    Tag "tag" "A tag.",
}

impl Scalar {
    /// Bits and whether it is signed, of an integer.
    pub(crate) fn integer(self) -> Option<(u32, bool)> {
        Some(match self {
            Self::I8 => (8, true),
            Self::I16 => (16, true),
            Self::I32 => (32, true),
            Self::I64 => (64, true),
            Self::I128 => (128, true),
            Self::U8 => (8, false),
            Self::U16 => (16, false),
            Self::U32 => (32, false),
            Self::U64 => (64, false),
            Self::U128 => (128, false),
            _ => return None,
        })
    }
}

impl Shape {
    /// Something only its name is known of.
    pub fn opaque(name: &str) -> Self {
        Self::Opaque(name.into())
    }

    /// What is stored alike, of which a conversion may refuse values.
    pub fn checked(inner: Self) -> Self {
        Self::Constrained(Constraint::Checked, Box::new(inner))
    }

    /// A type without fields. Some formats stored it in another way than nothing.
    pub fn unit_struct() -> Self {
        Self::Scalar(Scalar::UnitStruct)
    }

    /// Values in order. Several of one shape are an array: both are stored alike.
    pub fn tuple(parts: impl Into<Vec<Self>>) -> Self {
        let parts = parts.into();
        match parts.split_first() {
            None => Self::Tuple(Vec::new()),
            Some((first, rest)) if rest.iter().all(|part| part == first) => {
                Self::Array(Box::new(first.clone()), parts.len())
            }
            Some(_) => Self::Tuple(parts),
        }
    }

    /// What a person calls it: `a struct`, `an enum`, `str`.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Scalar(scalar) => scalar.name().into(),
            Self::Opaque(name) => format!("opaque {name:?}"),
            Self::Option(inner) => format!("{}?", inner.kind()),
            Self::Seq(inner) => format!("[{}]", inner.kind()),
            Self::Array(inner, len) => format!("[{}; {len}]", inner.kind()),
            Self::Tuple(parts) => format!("a tuple of {}", parts.len()),
            Self::Map(key, value) => format!("map<{}, {}>", key.kind(), value.kind()),
            Self::Struct(_) => "a struct".into(),
            Self::Enum(_) => "an enum".into(),
            Self::Constrained(_, inner) | Self::Recursive(_, inner) => inner.kind(),
            Self::Again(_) => "an enclosing type".into(),
        }
    }

    /// Calls `visit` with it and all shapes inside.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        match self {
            Self::Scalar(_) | Self::Opaque(_) | Self::Again(_) => {}
            Self::Option(inner)
            | Self::Seq(inner)
            | Self::Array(inner, _)
            | Self::Constrained(_, inner)
            | Self::Recursive(_, inner) => inner.visit(visit),
            Self::Tuple(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Self::Map(key, value) => {
                key.visit(visit);
                value.visit(visit);
            }
            Self::Struct(fields) => {
                fields
                    .fields
                    .iter()
                    .for_each(|field| field.shape.visit(visit));
                fields.rest.iter().for_each(|rest| rest.visit(visit));
            }
            Self::Enum(choices) => {
                let contents = choices
                    .variants
                    .iter()
                    .filter_map(|variant| variant.content.as_ref());
                contents.for_each(|content| content.visit(visit));
            }
        }
    }

    /// Why formats without field names cannot store it, if they cannot.
    pub(crate) fn named_only(&self) -> Option<&'static str> {
        let mut why = None;
        self.visit(&mut |shape| {
            let found = match shape {
                Self::Struct(fields) if fields.named_only => {
                    Some("fields are flattened or left out, which only field names make readable")
                }
                Self::Enum(choices) if choices.repr != Repr::External => {
                    Some("the enum's variants are told apart by looking at their content")
                }
                Self::Scalar(Scalar::Any) => Some("the value has no shape of its own"),
                _ => None,
            };
            why = why.or(found);
        });
        why
    }
}
