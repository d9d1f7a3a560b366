//! The model of `derive(Schema)`: what is stored of a type, as serde's attributes say.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Field, Fields, LitStr, Path, Type, Variant,
    WherePredicate,
};

use super::{Crate, item_place, no_keys};
use crate::attr::case::Case;
use crate::attr::keys::{Derive, Place, foreign};
use crate::attr::serde::{Settings, word};
use crate::attr::{self, Once, value};
use crate::ctxt::Ctxt;
use crate::text::unraw;

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
    pub(crate) deny: bool,
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
    /// Whether it may be absent whatever its type is.
    pub(crate) default: bool,
    pub(crate) flatten: bool,
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
            Some(ty) => Content::Like(Box::new(ty)),
            None => match &input.data {
                Data::Struct(data) => {
                    let case = serde.case("rename_all");
                    let default = serde.has("default");
                    container(cx, &input.ident, &data.fields, &serde, case, default)
                }
                Data::Enum(data) => Content::Enum(choices(cx, &input.ident, data, &serde)),
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
    let content = match fields {
        // An empty map is stored, not nothing.
        Fields::Unit => named(&cx, item, fields, &serde, case, false),
        _ => container(&cx, item, fields, &serde, case, false),
    };
    let _ = cx.finish();
    content
}

/// The type that serde reads and writes instead, as `from`, `try_from` and `into` say.
fn other_type(cx: &Ctxt, serde: &Settings) -> Option<Type> {
    let read = serde.text("from").or_else(|| serde.text("try_from"));
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
    text.parse().ok()
}

fn container(
    cx: &Ctxt,
    item: &Ident,
    fields: &Fields,
    serde: &Settings,
    case: (Case, Case),
    default: bool,
) -> Content {
    match fields {
        _ if serde.has("transparent") => {
            let stored = fields
                .iter()
                .filter_map(|field| member(cx, item, field, case, false));
            match stored.map(|member| member.ty).next() {
                Some(MemberType::Like(ty)) => Content::Like(ty),
                Some(MemberType::Opaque(name)) => Content::Opaque(name),
                None => Content::Unit,
            }
        }
        Fields::Named(_) => named(cx, item, fields, serde, case, default),
        Fields::Unnamed(list) if list.unnamed.len() == 1 => {
            let one = member(cx, item, &list.unnamed[0], case, false);
            match one.map(|member| member.ty) {
                Some(MemberType::Like(ty)) => Content::Newtype(ty),
                Some(MemberType::Opaque(name)) => Content::Opaque(name),
                None => Content::Tuple(Vec::new()),
            }
        }
        Fields::Unnamed(list) => {
            let fields = list.unnamed.iter();
            Content::Tuple(
                fields
                    .filter_map(|field| member(cx, item, field, case, default))
                    .collect(),
            )
        }
        Fields::Unit => Content::Unit,
    }
}

fn named(
    cx: &Ctxt,
    item: &Ident,
    fields: &Fields,
    serde: &Settings,
    case: (Case, Case),
    default: bool,
) -> Content {
    let one_sided = |field: &Field| {
        let serde = Settings::of(&field.attrs);
        let keys = [
            "flatten",
            "skip_serializing_if",
            "skip_serializing",
            "skip_deserializing",
        ];
        !serde.has("skip") && keys.into_iter().any(|key| serde.has(key))
    };
    let members = fields
        .iter()
        .filter_map(|field| member(cx, item, field, case, default));
    Content::Struct(Named {
        members: members.collect(),
        deny: serde.has("deny_unknown_fields"),
        by_name: fields.iter().any(one_sided),
    })
}

/// A field that is read; `None` if it is not.
fn member(
    cx: &Ctxt,
    item: &Ident,
    field: &Field,
    case: (Case, Case),
    default: bool,
) -> Option<Member> {
    let serde = Settings::of(&field.attrs);
    let mut keys = Keys::read(cx, Place::Field, item, &field.attrs);
    if serde.has("skip") || serde.has("skip_deserializing") {
        return None;
    }
    let (name, aliases) = match &field.ident {
        Some(ident) => {
            let ident = unraw(ident);
            let derived = (case.0.field(&ident), case.1.field(&ident));
            names(cx, &ident, derived, &serde, field)
        }
        None => (String::new(), Vec::new()),
    };
    let ty = keys.ty().unwrap_or_else(|| {
        let hidden = ["with", "deserialize_with", "serialize_with"];
        if let Some(meta) = hidden.into_iter().find_map(|key| serde.get(key)) {
            let with = word(meta.path());
            cx.error(
                meta,
                format!("`#[serde({with})]` hides how this field is stored\nhelp: `#[es(schema = str)]`, or another type that is stored alike\nhelp: `#[es(opaque = \"name/1\")]` if there is none; count the number up when the stored form changes"),
            );
            return MemberType::Opaque(LitStr::new("serde(with)", meta.span()));
        }
        MemberType::Like(Box::new(field.ty.clone()))
    });
    Some(Member {
        name,
        aliases,
        ty,
        default: default || serde.has("default"),
        flatten: serde.has("flatten"),
    })
}

/// The stored name, and the others that are read.
fn names(
    cx: &Ctxt,
    ident: &str,
    derived: (String, String),
    serde: &Settings,
    place: impl Spanned + quote::ToTokens,
) -> (String, Vec<String>) {
    let given = serde.both("rename");
    let write = given.write.unwrap_or(derived.0);
    let read = given.read.unwrap_or(derived.1);
    let mut aliases = serde.aliases();
    if write != read {
        if !aliases.contains(&write) {
            cx.error(
                serde.get("rename").map_or_else(|| quote::quote!(#place), |meta| quote::quote!(#meta)),
                format!("`{ident}` is written as `{write}` and read as `{read}`, so what is written today cannot be read\nhelp: add `#[serde(alias = \"{write}\")]`"),
            );
        }
        aliases.push(read);
    }
    aliases.retain(|alias| *alias != write);
    (write, aliases)
}

fn choices(cx: &Ctxt, item: &Ident, data: &DataEnum, serde: &Settings) -> Enum {
    let text = |key| serde.text(key).map(|text| text.value());
    let variants = data.variants.iter();
    Enum {
        tag: text("tag"),
        content: text("content"),
        untagged: serde.has("untagged"),
        deny: serde.has("deny_unknown_fields"),
        variants: variants
            .filter_map(|variant| choice(cx, item, serde, variant))
            .collect(),
    }
}

/// A variant that is read; `None` if it is not.
fn choice(cx: &Ctxt, item: &Ident, of_enum: &Settings, variant: &Variant) -> Option<Choice> {
    no_keys(cx, Derive::Schema, Place::Variant, item, &variant.attrs);
    let serde = Settings::of(&variant.attrs);
    if serde.has("skip") || serde.has("skip_deserializing") {
        return None;
    }
    let (write, read) = of_enum.case("rename_all");
    let ident = unraw(&variant.ident);
    let derived = (write.variant(&ident), read.variant(&ident));
    let (name, aliases) = names(cx, &ident, derived, &serde, &variant.ident);
    let (own, all) = (serde.case("rename_all"), of_enum.case("rename_all_fields"));
    let case = (own.0.or(all.0), own.1.or(all.1));
    let hidden = ["with", "deserialize_with", "serialize_with"];
    let content = match hidden.into_iter().find_map(|key| serde.get(key)) {
        Some(meta) => {
            let with = word(meta.path());
            cx.error(meta, format!("`#[serde({with})]` hides how this variant is stored\nhelp: move the attribute to a field inside"));
            Content::Unit
        }
        None => container(cx, item, &variant.fields, &serde, case, false),
    };
    Some(Choice {
        name,
        aliases,
        other: serde.has("other"),
        untagged: serde.has("untagged"),
        content,
    })
}
