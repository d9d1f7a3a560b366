//! `impl Event`, `impl Evolve` and `impl From` for a set of event types.

mod decode;
mod encode;
mod evolve;
pub(super) mod inline;
mod nested;
mod payloads;
mod stub;
mod table;
mod unknown;

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Generics, Type, WherePredicate, parse_quote};

pub(crate) use self::stub::stub;
use self::table::Table;
use super::allow;
use super::generics::{fresh, is_generic, type_params, with_predicates};
use crate::check::same_type;
use crate::model::event::{EventSet, EventType, How, PastFate, Shape};
use crate::span::at;

/// All impls of the set.
pub(crate) fn expand(set: &EventSet<'_>) -> TokenStream {
    let event = event(set);
    let from = from(set);
    let dispatch = evolve::expand(set);
    let payloads = payloads::expand(set);
    tokens! {
        #event
        #(#from)*
        #dispatch
        #payloads
    }
}

fn event(set: &EventSet<'_>) -> TokenStream {
    let ident = &set.input.ident;
    let (k, p) = (set.krate.path(), set.krate.private());
    let table = Table::of(set);
    let format = fresh(&set.input.generics, "__F");
    let generics = with_predicates(&set.input.generics, predicates(set));
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, ty_generics, _) = set.input.generics.split_for_impl();
    let allow = allow();
    let (own_types, own_stored) = (table::types(set), table::stored(set));
    let nesting = nested::nesting(set, &own_types, &own_stored);
    let (types, stored) = nested::tables(set, &own_types, &own_stored);
    let slot = table.slot(set);
    let type_index = table::type_index(set);
    let tags = nested::tags(set);
    let unknown = unknown::members(set);
    let encode = encode::body(set);
    let decode = decode::body(set, &table, &format);
    tokens! {
        #nesting
        #allow
        impl #impl_generics #k::Event for #ident #ty_generics #where_clause {
            const TYPES: &'static [#k::EventType] = #types;
            const STORED: &'static [#k::StoredType] = #stored;
            #unknown

            #[inline]
            fn type_index(&self) -> ::core::primitive::usize {
                #type_index
            }

            #[inline]
            fn slot(
                __name: &::core::primitive::str,
                __version: ::core::primitive::u16,
            ) -> ::core::option::Option<#k::Slot> {
                #slot
            }

            #tags

            fn encode<#format: #k::Format>(
                &self,
                __format: &#format,
                __out: &mut #p::Vec<::core::primitive::u8>,
            ) -> ::core::result::Result<(), #k::FormatError> {
                #encode
            }

            #[inline]
            fn decode<#format: #k::Format>(
                __slot: #k::Slot,
                __format: &#format,
                __cx: &#k::UpcastCx<'_>,
            ) -> ::core::result::Result<#k::Decoded<Self>, #k::DecodeError> {
                #decode
            }
        }
    }
}

/// What generic payloads must be able to do. Types without parameters are checked where they are used instead.
fn predicates(set: &EventSet<'_>) -> Vec<WherePredicate> {
    if let Some(bound) = &set.bound {
        return bound.clone();
    }
    let p = set.krate.private();
    let generics = &set.input.generics;
    let mut written: Vec<Type> = Vec::new();
    for event in &set.events {
        let params = match event.shape {
            Shape::Newtype(ty) => {
                written.push(ty.clone());
                Vec::new()
            }
            Shape::Inline(fields) => type_params(generics, fields),
            Shape::Whole => generics.type_params().map(|param| &param.ident).collect(),
        };
        written.extend(
            params
                .into_iter()
                .map(|param| -> Type { parse_quote!(#param) }),
        );
        if let Shape::Inline(fields) = event.shape {
            written.extend(fields.iter().map(|field| field.ty.clone()));
        }
    }
    let chains = set.events.iter().map(EventType::older);
    let splits = set.past.iter().filter_map(|past| match &past.fate {
        PastFate::Split { versions, .. } => Some(versions.as_slice()),
        PastFate::Retired(..) | PastFate::Refused(..) => None,
    });
    let read = chains
        .chain(splits)
        .flatten()
        .filter_map(|older| match &older.how {
            How::As(ty, _) => Some((**ty).clone()),
            How::Same | How::Never => None,
        });
    let read: Vec<Type> = read.collect();
    let written = distinct(generics, &written)
        .into_iter()
        .map(|ty| -> WherePredicate {
            parse_quote!(#ty: #p::serde::Serialize + #p::serde::de::DeserializeOwned)
        });
    let read = distinct(generics, &read)
        .into_iter()
        .map(|ty| -> WherePredicate { parse_quote!(#ty: #p::serde::de::DeserializeOwned) });
    written.chain(read).collect()
}

/// The types that mention a parameter, each once.
fn distinct<'a>(generics: &Generics, types: &'a [Type]) -> Vec<&'a Type> {
    let mut distinct: Vec<&Type> = Vec::new();
    for ty in types.iter().filter(|ty| is_generic(generics, ty)) {
        if !distinct.iter().any(|other| same_type(ty, other)) {
            distinct.push(ty);
        }
    }
    distinct
}

/// `From<Payload>` for each payload type that leads to one variant only.
fn from(set: &EventSet<'_>) -> Vec<TokenStream> {
    let ident = &set.input.ident;
    let (impl_generics, ty_generics, where_clause) = set.input.generics.split_for_impl();
    let payloads: Vec<_> = set.newtypes().collect();
    let allow = allow();
    payloads
        .iter()
        .filter(|(_, ty)| {
            payloads
                .iter()
                .filter(|(_, other)| same_type(ty, other))
                .count()
                == 1
        })
        .filter(|(_, ty)| !is_bare_param(&set.input.generics, ty))
        .map(|(variant, ty)| {
            let mut ident = ident.clone();
            ident.set_span(at(ty));
            quote_spanned! {at(ty)=>
                #allow
                impl #impl_generics ::core::convert::From<#ty> for #ident #ty_generics #where_clause {
                    #[inline]
                    fn from(__payload: #ty) -> Self {
                        Self::#variant(__payload)
                    }
                }
            }
        })
        .collect()
}

/// Whether the payload is a type parameter or an associated type of one; `From<T> for Set<T>` would overlap with
/// `From<Self> for Self`.
fn is_bare_param(generics: &Generics, ty: &Type) -> bool {
    let Type::Path(path) = crate::check::ungrouped(ty) else {
        return false;
    };
    let first = path.path.segments.first();
    let of_param = first.is_some_and(|first| {
        generics
            .type_params()
            .any(|param| param.ident == first.ident)
    });
    of_param
        || path
            .qself
            .as_ref()
            .is_some_and(|qself| is_generic(generics, &qself.ty))
}
