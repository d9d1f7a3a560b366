//! The model of `derive(Command)`.

use proc_macro2::Ident;
use syn::{Data, DataEnum, DataStruct, DeriveInput, Field, Fields, Index, Member, Type, Variant};

use super::{Crate, item_place, no_keys};
use crate::attr::keys::{Derive, Place, foreign};
use crate::attr::{self, Once, value};
use crate::ctxt::Ctxt;

/// A command, or a set of commands to one aggregate.
pub(crate) struct Command<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) krate: Crate,
    pub(crate) aggregate: Option<Type>,
    /// Whether `aggregate` was misspelt or given with an unreadable value.
    pub(crate) aggregate_failed: bool,
    pub(crate) body: Body<'a>,
}

/// What routes it.
pub(crate) enum Body<'a> {
    /// A struct.
    Struct(Marked<'a>),
    /// An enum of command structs.
    Enum(Vec<Route<'a>>),
}

/// A command struct.
pub(crate) struct Marked<'a> {
    pub(crate) data: &'a DataStruct,
    /// The fields marked `#[es(id)]`, each with the marking key.
    pub(crate) ids: Vec<(Ident, Member)>,
    /// Whether a field has an attribute with a mistake, which may have been the mark.
    pub(crate) failed: bool,
}

/// A variant of a command enum.
pub(crate) struct Route<'a> {
    pub(crate) variant: &'a Variant,
    /// The command struct; `None` if the variant is no newtype.
    pub(crate) payload: Option<&'a Type>,
}

/// Reads the whole input; `None` if nothing can be made of it.
pub(crate) fn read<'a>(cx: &Ctxt, input: &'a DeriveInput) -> Option<Command<'a>> {
    let Some(place) = item_place(input) else {
        if let Data::Union(data) = &input.data {
            cx.error(data.union_token, "`Command` cannot be derived for unions");
        }
        return None;
    };
    let (mut krate, mut aggregate, mut aggregate_failed) =
        (Once::default(), Once::default(), false);
    attr::entries(cx, &input.attrs, &mut |key, tokens| {
        if key == "aggregate" {
            let read = value::ty(key, tokens);
            aggregate_failed |= read.is_err();
            read.map(|ty| aggregate.set(cx, key, ty))
        } else if key == "crate" {
            value::krate(key, tokens).map(|path| krate.set(cx, key, path))
        } else {
            let skipped = foreign(Derive::Command, place, &input.ident, key, tokens);
            aggregate_failed |= skipped.is_err();
            skipped
        }
    });
    let body = match &input.data {
        Data::Struct(data) => read_struct(cx, &input.ident, data),
        Data::Enum(data) => read_enum(cx, &input.ident, data),
        Data::Union(_) => return None,
    };
    Some(Command {
        input,
        krate: Crate::new(krate),
        aggregate: aggregate.into_value(),
        aggregate_failed,
        body,
    })
}

fn read_struct<'a>(cx: &Ctxt, item: &Ident, data: &'a DataStruct) -> Body<'a> {
    let errors = cx.count();
    let mut ids = Vec::new();
    for (index, field) in data.fields.iter().enumerate() {
        let member = match &field.ident {
            Some(ident) => Member::Named(ident.clone()),
            None => Member::Unnamed(Index::from(index)),
        };
        ids.extend(
            id_keys(cx, item, field)
                .into_iter()
                .map(|key| (key, member.clone())),
        );
    }
    Body::Struct(Marked {
        data,
        ids,
        failed: cx.count() > errors,
    })
}

/// The `id` keys on a field.
fn id_keys(cx: &Ctxt, item: &Ident, field: &Field) -> Vec<Ident> {
    let mut keys = Vec::new();
    attr::entries(cx, &field.attrs, &mut |key, tokens| {
        if key == "id" {
            keys.push(key.clone());
            return Ok(());
        }
        foreign(Derive::Command, Place::Field, item, key, tokens)
    });
    keys
}

fn read_enum<'a>(cx: &Ctxt, item: &Ident, data: &'a DataEnum) -> Body<'a> {
    let read = |variant: &'a Variant| {
        no_keys(cx, Derive::Command, Place::Variant, item, &variant.attrs);
        let payload = match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                fields.unnamed.first().map(|field| &field.ty)
            }
            _ => None,
        };
        Route { variant, payload }
    };
    Body::Enum(data.variants.iter().map(read).collect())
}
