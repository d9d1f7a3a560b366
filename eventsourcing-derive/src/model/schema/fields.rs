//! Fields: their names, whether they may be absent, and what of that cannot be.

use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Field, Fields, LitStr, Type};

use super::{Absent, Content, Keys, Member, MemberType, Named};
use crate::attr::case::Case;
use crate::attr::keys::Place;
use crate::attr::serde::{Settings, word};
use crate::check::ungrouped;
use crate::ctxt::Ctxt;
use crate::text::unraw;

/// What fields stand in: a struct, or a variant.
pub(super) struct Container<'a> {
    item: &'a Ident,
    serde: &'a Settings,
    /// Whether all fields may be absent.
    default: bool,
    /// Whether unknown fields are refused.
    pub(super) deny: bool,
}

impl<'a> Container<'a> {
    pub(super) fn new(item: &'a Ident, serde: &'a Settings, default: bool) -> Self {
        Self {
            item,
            serde,
            default,
            deny: serde.has("deny_unknown_fields"),
        }
    }

    pub(super) fn read(&self, cx: &Ctxt, fields: &Fields, case: (Case, Case)) -> Content {
        let one = |field: &Field, none: Content| match member(cx, self.item, field, case, false) {
            Some(one) => match one.ty {
                MemberType::Like(ty) => Content::Newtype(ty),
                MemberType::Opaque(name) => Content::Opaque(name),
            },
            None => none,
        };
        match fields {
            _ if self.serde.has("transparent") => {
                let stored = fields.iter().map(|field| one(field, Content::Unit));
                let mut stored = stored.filter(|content| !matches!(content, Content::Unit));
                match stored.next() {
                    Some(Content::Newtype(ty)) => Content::Like(ty),
                    other => other.unwrap_or(Content::Unit),
                }
            }
            Fields::Named(_) => self.named(cx, fields, case),
            Fields::Unnamed(list) => {
                list.unnamed.iter().for_each(|field| in_place(cx, field));
                if list.unnamed.len() == 1 {
                    return one(&list.unnamed[0], Content::Tuple(Vec::new()));
                }
                let fields = list.unnamed.iter();
                let members =
                    fields.filter_map(|field| member(cx, self.item, field, case, self.default));
                Content::Tuple(members.collect())
            }
            Fields::Unit => Content::Unit,
        }
    }

    pub(super) fn named(&self, cx: &Ctxt, fields: &Fields, case: (Case, Case)) -> Content {
        let tag = self.serde.text("tag");
        let one_sided = |field: &Field| {
            let serde = Settings::of(&field.attrs);
            !serde.has("skip")
                && ONE_SIDED
                    .iter()
                    .chain(&["flatten"])
                    .any(|key| serde.has(key))
        };
        if self.deny {
            let unread = "and `deny_unknown_fields` refuses to read it";
            if let Some(tag) = &tag {
                cx.error(tag, format!("the name of the type is written here, {unread}\nhelp: leave one of them out"));
            }
            for field in fields {
                let serde = Settings::of(&field.attrs);
                if let Some(meta) = serde
                    .get("skip_deserializing")
                    .filter(|_| !serde.has("skip_serializing"))
                {
                    cx.error(
                        meta,
                        format!("this field is written, {unread}\nhelp: `#[serde(skip)]`"),
                    );
                }
            }
        }
        let members = fields
            .iter()
            .filter_map(|field| member(cx, self.item, field, case, self.default));
        Content::Struct(Named {
            members: members.collect(),
            deny: self.deny,
            by_name: tag.is_some() || fields.iter().any(one_sided),
            tag: tag.map(|tag| {
                let rename = self.serde.both("rename").write;
                (tag.value(), rename.unwrap_or_else(|| unraw(self.item)))
            }),
        })
    }
}

/// Settings by which what is written and what is read differ.
const ONE_SIDED: &[&str] = &[
    "skip_serializing_if",
    "skip_serializing",
    "skip_deserializing",
];

/// Fields without names are read by their places.
fn in_place(cx: &Ctxt, field: &Field) {
    let serde = Settings::of(&field.attrs);
    let skipped =
        serde.has("skip") || serde.has("skip_serializing") && serde.has("skip_deserializing");
    let found = ONE_SIDED.iter().find_map(|key| serde.get(key));
    if let Some(meta) = found.filter(|_| !skipped) {
        cx.error(meta, format!("`{}` leaves the place of this field to the next one, and fields without names are read by their places\nhelp: give the fields names", word(meta.path())));
    }
}

/// `#[serde(default)]` is there, or goes without saying.
fn may_be_absent(field: &Field, serde: &Settings, default: bool) -> bool {
    fn is_option(ty: &Type) -> bool {
        let Type::Path(path) = ungrouped(ty) else {
            return false;
        };
        let last = path.path.segments.last();
        last.is_some_and(|last| match &last.arguments {
            _ if last.ident == "Option" => true,
            syn::PathArguments::AngleBracketed(inner) if last.ident == "Box" => {
                matches!(inner.args.first(), Some(syn::GenericArgument::Type(ty)) if is_option(ty))
            }
            _ => false,
        })
    }
    default || serde.has("default") || is_option(&field.ty) && !asked_elsewhere(serde)
}

/// Whether serde asks a function how a field is read.
fn asked_elsewhere(serde: &Settings) -> bool {
    serde.has("with") || serde.has("deserialize_with")
}

/// A field that is stored; `None` if it is not.
fn member(
    cx: &Ctxt,
    item: &Ident,
    field: &Field,
    case: (Case, Case),
    default: bool,
) -> Option<Member> {
    let serde = Settings::of(&field.attrs);
    let mut keys = Keys::read(cx, Place::Field, item, &field.attrs);
    let (unread, unwritten) = (
        serde.has("skip_deserializing"),
        serde.has("skip_serializing"),
    );
    if serde.has("skip") || unread && unwritten {
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
    let ty = keys.ty().unwrap_or_else(|| hidden(cx, field, &serde));
    let left_out = serde
        .get("skip_serializing_if")
        .or(serde.get("skip_serializing"));
    if let (Some(meta), Some(_)) = (left_out, &field.ident)
        && !unread
        && !may_be_absent(field, &serde, default)
    {
        cx.error(
            meta,
            format!("`{name}` may be left out when it is written, and must be there when it is read\nhelp: add `#[serde(default)]`"),
        );
    }
    Some(Member {
        name,
        aliases,
        absent: if default || serde.has("default") || unread {
            Absent::Default
        } else if asked_elsewhere(&serde) {
            Absent::Never
        } else {
            Absent::AsType
        },
        left_out: left_out.is_some(),
        flatten: serde.has("flatten"),
        ty,
    })
}

/// The type of a field about which no key says what is stored.
fn hidden(cx: &Ctxt, field: &Field, serde: &Settings) -> MemberType {
    let keys = ["with", "deserialize_with", "serialize_with"];
    let hidden: Vec<_> = keys.into_iter().filter_map(|key| serde.get(key)).collect();
    let Some(meta) = hidden.first() else {
        return MemberType::Like(Box::new(field.ty.clone()));
    };
    let with = word(meta.path());
    cx.error(
        meta,
        format!("`#[serde({with})]` hides how this field is stored\nhelp: `#[es(schema = str)]`, or another type that is stored alike\nhelp: `#[es(opaque = \"name/1\")]` if there is none; count the number up when the stored form changes"),
    );
    // Where nobody asked yet, other functions and other types make other shapes.
    let text = |tokens: proc_macro2::TokenStream| tokens.to_string().replace(' ', "");
    let ty = &field.ty;
    let name = format!(
        "{} ({})",
        text(quote::quote!(#ty)),
        text(quote::quote!(#(#hidden),*))
    );
    MemberType::Opaque(LitStr::new(&name, meta.span()))
}

/// The stored name, and the others that are read.
pub(super) fn names(
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
