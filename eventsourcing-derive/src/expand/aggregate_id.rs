//! `impl AggregateId` and what it asks for.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::WherePredicate;
use syn::spanned::Spanned;

use super::allow;
use super::generics::{is_generic, with_predicates};
use crate::model::aggregate_id::AggregateId;
use crate::span::{at, respan};

/// `Display`, `FromStr`, `From<Inner>`, `AggregateId` itself, and `Key` if the inner type is one.
pub(crate) fn expand(id: &AggregateId<'_>) -> TokenStream {
    let k = id.krate.path();
    let (ident, inner, generics) = (&id.input.ident, id.inner, &id.input.generics);
    let bounded = with_predicates(generics, predicates(id));
    let (impl_generics, ty_generics, plain_where) = generics.split_for_impl();
    let (_, _, where_clause) = bounded.split_for_impl();
    let allow = allow();
    let display =
        quote_spanned!(at(inner)=> <#inner as ::core::fmt::Display>::fmt(&self.0, __formatter));
    let inner_err = quote_spanned!(at(inner)=> <#inner as ::core::str::FromStr>::Err);
    let key = expand_key(id);
    let parse = quote_spanned!(at(inner)=> <#inner as ::core::str::FromStr>::from_str(__text));
    tokens! {
        #allow
        impl #impl_generics ::core::fmt::Display for #ident #ty_generics #where_clause {
            fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #display
            }
        }
        #allow
        impl #impl_generics ::core::str::FromStr for #ident #ty_generics #where_clause {
            type Err = #inner_err;

            fn from_str(__text: &::core::primitive::str) -> ::core::result::Result<Self, #inner_err> {
                match #parse {
                    ::core::result::Result::Ok(__id) => ::core::result::Result::Ok(Self(__id)),
                    ::core::result::Result::Err(__error) => ::core::result::Result::Err(__error),
                }
            }
        }
        #allow
        impl #impl_generics ::core::convert::From<#inner> for #ident #ty_generics #plain_where {
            #[inline]
            fn from(__id: #inner) -> Self {
                Self(__id)
            }
        }
        #allow
        impl #impl_generics #k::AggregateId for #ident #ty_generics #where_clause {}
        #key
    }
}

/// An id that may be the key of a read model. The bound has a lifetime that means nothing: rustc then leaves it to those
/// who ask for the impl, and an inner type that is no key is no error.
fn expand_key(id: &AggregateId<'_>) -> TokenStream {
    let k = id.krate.path();
    let (ident, inner, generics) = (&id.input.ident, id.inner, &id.input.generics);
    let standard = tokens!(
        ::core::fmt::Debug
            + ::core::clone::Clone
            + ::core::marker::Send
            + ::core::marker::Sync
            + 'static
    );
    let predicates = [
        tokens!(for<'__key> #inner: #k::Key),
        tokens!(for<'__key> Self: #standard),
    ];
    let predicates = predicates.into_iter().map(syn::parse2);
    let bounded = with_predicates(generics, predicates.filter_map(Result::ok));
    let (impl_generics, ty_generics, _) = generics.split_for_impl();
    let (_, _, where_clause) = bounded.split_for_impl();
    let allow = allow();
    tokens! {
        #allow
        impl #impl_generics #k::Key for #ident #ty_generics #where_clause {
            fn kind() -> #k::__private::String {
                <#inner as #k::Key>::kind()
            }

            fn encode(&self, __bytes: &mut #k::__private::Vec<::core::primitive::u8>) {
                <#inner as #k::Key>::encode(&self.0, __bytes)
            }

            fn decode(__bytes: &mut &[::core::primitive::u8]) -> ::core::option::Option<Self> {
                match <#inner as #k::Key>::decode(__bytes) {
                    ::core::option::Option::Some(__id) => ::core::option::Option::Some(Self(__id)),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            }
        }
    }
}

/// What the inner type must be able to do. Bounds, although the type is usually known: a missing impl is then one
/// error, at the type itself. A generic one must be an id, so that it brings what the standard derives ask for.
fn predicates(id: &AggregateId<'_>) -> Vec<WherePredicate> {
    let (k, inner) = (id.krate.path(), id.inner);
    let text = if is_generic(&id.input.generics, inner) {
        tokens!(#k::AggregateId)
    } else {
        tokens!(::core::fmt::Display)
    };
    let error =
        tokens!(::core::error::Error + ::core::marker::Send + ::core::marker::Sync + 'static);
    let bounds = [text, tokens!(::core::str::FromStr<Err: #error>)];
    let predicate = |bound: TokenStream| {
        let bound = respan(bound, inner.span());
        syn::parse2(quote_spanned!(inner.span()=> #inner: #bound)).ok()
    };
    bounds.into_iter().filter_map(predicate).collect()
}
