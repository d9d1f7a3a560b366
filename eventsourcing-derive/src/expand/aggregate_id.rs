//! `impl AggregateId` and what it asks for.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{WherePredicate, parse_quote};

use super::generics::{is_generic, with_predicates};
use super::{allow, at};
use crate::model::aggregate_id::AggregateId;

/// `Display`, `FromStr`, `From<Inner>` and `AggregateId` itself.
pub(crate) fn expand(id: &AggregateId<'_>) -> TokenStream {
    let k = id.krate.path();
    let (ident, inner, generics) = (&id.input.ident, id.inner, &id.input.generics);
    let predicate: Option<WherePredicate> =
        is_generic(generics, inner).then(|| parse_quote!(#inner: #k::AggregateId));
    let bounded = with_predicates(generics, predicate);
    let (impl_generics, ty_generics, plain_where) = generics.split_for_impl();
    let (_, _, where_clause) = bounded.split_for_impl();
    let allow = allow();
    let display =
        quote_spanned!(at(inner)=> <#inner as ::core::fmt::Display>::fmt(&self.0, __formatter));
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
            type Err = <#inner as ::core::str::FromStr>::Err;

            fn from_str(__text: &::core::primitive::str) -> ::core::result::Result<Self, Self::Err> {
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
