//! The model of `derive(Schema)`: what is stored of a type, as serde's attributes say.

mod fields;
mod variants;

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, Path, Type, WherePredicate};

use self::fields::Container;
use super::{Crate, item_place};
use crate::attr::keys::{Derive, Place, foreign};
use crate::attr::serde::Settings;
use crate::attr::{self, Once, value};
use crate::ctxt::Ctxt;

/// A type with a stored shape.
pub(crate) struct Schema<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) krate: Crate,
    /// Predicates that replace the inferred ones.
    pub(crate) bound: Option<Vec<WherePredicate>>,
    pub(crate) content: Content,
}

/// What is stored.
pub(crate) enum Content {
    /// What is stored of another type, which it is read and written by.
    Like(Box<Type>),
    /// What is stored of another type, as far as a conversion takes it.
    Checked(Box<Type>),
    /// What is stored of the only field's type.
    Newtype(Box<Type>),
    /// Something only its name is known of.
    Opaque(LitStr),
    /// Nothing.
    Unit,
    /// Values without names.
    Tuple(Vec<Member>),
    /// Values with names.
    Struct(Named),
    /// One of several.
    Enum(Enum),
}

/// Values with names.
pub(crate) struct Named {
    /// The key under which the type's name is written, and the name.
    pub(crate) tag: Option<(String, String)>,
    pub(crate) members: Vec<Member>,
    pub(crate) deny: bool,
    /// Whether what is written and what is read differ in ways that only names reconcile.
    pub(crate) by_name: bool,
}

/// One of several.
pub(crate) struct Enum {
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) untagged: bool,
    pub(crate) variants: Vec<Choice>,
}

/// A variant.
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) other: bool,
    pub(crate) untagged: bool,
    pub(crate) content: Content,
}

/// A field.
pub(crate) struct Member {
    /// Empty in tuples.
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) ty: MemberType,
    pub(crate) absent: Absent,
    /// Whether it may be left out when it is written.
    pub(crate) left_out: bool,
    pub(crate) flatten: bool,
}

/// Whether a field may be absent when it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Its type says so.
    AsType,
    /// There is a default.
    Default,
    /// Whatever its type is: serde asks a function for it.
    Never,
}

/// How a field is stored.
pub(crate) enum MemberType {
    /// As what is stored of this type.
    Like(Box<Type>),
    /// As something only its name is known of.
    Opaque(LitStr),
}

/// The keys of an item or a field.
#[derive(Default)]
struct Keys {
    schema: Once<Type>,
    opaque: Once<LitStr>,
    krate: Once<Path>,
    bound: Once<Vec<WherePredicate>>,
}

impl Keys {
    fn read(cx: &Ctxt, place: Place, item: &Ident, attrs: &[Attribute]) -> Self {
        let mut keys = Self::default();
        attr::entries(cx, attrs, &mut |key, tokens| {
            keys.entry(cx, place, item, key, tokens)
        });
        if let (Some(_), Some(key)) = (keys.schema.get(), keys.opaque.key()) {
            cx.error(key, "`opaque` and `schema` exclude each other");
        }
        keys
    }

    fn entry(
        &mut self,
        cx: &Ctxt,
        place: Place,
        item: &Ident,
        key: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        match key.to_string().as_str() {
            "schema" => value::ty(key, input).map(|ty| self.schema.set(cx, key, ty)),
            "opaque" => value::string(key, input).map(|name| self.opaque.set(cx, key, name)),
            "crate" if place != Place::Field => {
                value::krate(key, input).map(|path| self.krate.set(cx, key, path))
            }
            "bound" if place != Place::Field => {
                value::bound(key, input).map(|bound| self.bound.set(cx, key, bound))
            }
            _ => foreign(Derive::Schema, place, item, key, input),
        }
    }

    /// What they say about the content, if they do.
    fn ty(&mut self) -> Option<MemberType> {
        let schema = std::mem::take(&mut self.schema).into_value();
        let opaque = std::mem::take(&mut self.opaque).into_value();
        schema
            .map(|ty| MemberType::Like(Box::new(ty)))
            .or(opaque.map(MemberType::Opaque))
    }
}

/// Reads the whole input; `None` if nothing can be made of it.
pub(crate) fn read<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<Schema<'a>> {
    let Some(place) = item_place(input) else {
        if let Data::Union(data) = &input.data {
            cx.error(data.union_token, "`Schema` cannot be derived for unions");
        }
        return None;
    };
    let mut keys = Keys::read(cx, place, &input.ident, &input.attrs);
    let serde = Settings::of(&input.attrs);
    let content = match keys.ty() {
        Some(MemberType::Like(ty)) => Content::Like(ty),
        Some(MemberType::Opaque(name)) => Content::Opaque(name),
        None => match other_type(cx, &serde) {
            Some(other) => other,
            None => match &input.data {
                Data::Struct(data) => {
                    let case = serde.case("rename_all");
                    let default = serde.has("default");
                    let container = Container::new(&input.ident, &serde, default);
                    container.read(cx, &data.fields, case)
                }
                Data::Enum(data) => {
                    Content::Enum(variants::choices(cx, &input.ident, data, &serde))
                }
                Data::Union(_) => return None,
            },
        },
    };
    Some(Schema {
        input,
        krate: Crate::new(keys.krate),
        bound: keys.bound.into_value(),
        content,
    })
}

/// The fields of an inline variant of an event set. Mistakes are not reported: nobody asked for the shape yet.
pub(crate) fn of_variant(attrs: &[Attribute], item: &Ident, fields: &Fields) -> Content {
    let cx = Ctxt::new();
    let serde = Settings::of(attrs);
    let case = serde.case("rename_all");
    let container = Container::new(item, &serde, false);
    let content = match fields {
        // An empty map is stored, not nothing.
        Fields::Unit => container.named(&cx, fields, case),
        _ => container.read(&cx, fields, case),
    };
    let _ = cx.finish();
    content
}

/// The type that serde reads and writes instead, as `from`, `try_from` and `into` say.
fn other_type(cx: &Ctxt, serde: &Settings) -> Option<Content> {
    let checked = serde.text("try_from");
    let read = serde.text("from").or_else(|| checked.clone());
    let write = serde.text("into");
    if let (Some(read), Some(write)) = (&read, &write)
        && read.value() != write.value()
    {
        cx.error(
            write,
            format!("this type is written as `{}` and read as `{}`\nhelp: say what is stored with `#[es(schema = {})]`", write.value(), read.value(), write.value()),
        );
    }
    let text = read.or(write)?;
    // serde reports what is no type.
    let ty = Box::new(text.parse().ok()?);
    Some(match checked {
        Some(_) => Content::Checked(ty),
        None => Content::Like(ty),
    })
}
