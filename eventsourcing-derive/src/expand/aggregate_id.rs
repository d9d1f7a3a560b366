//! `impl AggregateId` and what it asks for.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::WherePredicate;
use syn::spanned::Spanned;

use super::allow;
use super::generics::{is_generic, with_predicates};
use crate::model::aggregate_id::AggregateId;
use crate::span::{at, respan};

/// `Display`, `FromStr`, `From<Inner>` and `AggregateId` itself.
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
    }
}

/// What the inner type must be able to do. Bounds, although the type is usually known: a missing impl is then one
/// error, at the type itself. A generic one must be an id, so that it brings what the standard derives ask for.
fn predicates(id: &AggregateId<'_>) -> Vec<WherePredicate> {
    let (k, inner) = (id.krate.path(), id.inner);
    let bounds = if is_generic(&id.input.generics, inner) {
        vec![tokens!(#k::AggregateId)]
    } else {
        let error =
            tokens!(::core::error::Error + ::core::marker::Send + ::core::marker::Sync + 'static);
        vec![
            tokens!(::core::fmt::Display),
            tokens!(::core::str::FromStr<Err: #error>),
        ]
    };
    let predicate = |bound: TokenStream| {
        let bound = respan(bound, inner.span());
        syn::parse2(quote_spanned!(inner.span()=> #inner: #bound)).ok()
    };
    bounds.into_iter().filter_map(predicate).collect()
}
