//! `impl AggregateId` and what it asks for.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::WherePredicate;
use syn::spanned::Spanned;

use super::generics::with_predicates;
use super::{allow, at, respan};
use crate::model::aggregate_id::AggregateId;

/// `Display`, `FromStr`, `From<Inner>` and `AggregateId` itself.
pub(crate) fn expand(id: &AggregateId<'_>) -> TokenStream {
    let k = id.krate.path();
    let (ident, inner, generics) = (&id.input.ident, id.inner, &id.input.generics);
    // Bounds, although the type is usually known: a missing impl is then one error, at the type itself.
    let bounded = |bound: TokenStream| {
        let bound = respan(bound, inner.span());
        let predicate =
            syn::parse2::<WherePredicate>(quote_spanned!(inner.span()=> #inner: #bound));
        with_predicates(generics, predicate)
    };
    let displayed = bounded(tokens!(::core::fmt::Display));
    let parsed = bounded(tokens!(::core::str::FromStr));
    let both = with_predicates(
        &displayed,
        parsed
            .where_clause
            .iter()
            .flat_map(|clause| clause.predicates.clone()),
    );
    let (impl_generics, ty_generics, plain_where) = generics.split_for_impl();
    let (display_where, parse_where) = (&displayed.where_clause, &parsed.where_clause);
    let id_where = &both.where_clause;
    let allow = allow();
    let display =
        quote_spanned!(at(inner)=> <#inner as ::core::fmt::Display>::fmt(&self.0, __formatter));
    let inner_err = quote_spanned!(at(inner)=> <#inner as ::core::str::FromStr>::Err);
    let parse = quote_spanned!(at(inner)=> <#inner as ::core::str::FromStr>::from_str(__text));
    tokens! {
        #allow
        impl #impl_generics ::core::fmt::Display for #ident #ty_generics #display_where {
            fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #display
            }
        }
        #allow
        impl #impl_generics ::core::str::FromStr for #ident #ty_generics #parse_where {
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
        impl #impl_generics #k::AggregateId for #ident #ty_generics #id_where {}
    }
}
