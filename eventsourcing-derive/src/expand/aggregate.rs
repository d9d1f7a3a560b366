//! `impl Aggregate`.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::allow;
use crate::fingerprint;
use crate::model::aggregate::Aggregate;
use crate::span::at;

/// The impl; nothing if one of the types is missing, which is an error already.
pub(crate) fn expand(aggregate: &Aggregate<'_>) -> TokenStream {
    let (Some(id), Some(event), Some(error)) = (&aggregate.id, &aggregate.event, &aggregate.error)
    else {
        return TokenStream::new();
    };
    let (k, p) = (aggregate.krate.path(), aggregate.krate.private());
    let ident = &aggregate.input.ident;
    let (impl_generics, ty_generics, where_clause) = aggregate.input.generics.split_for_impl();
    let allow = allow();
    let name = aggregate
        .name
        .as_ref()
        .map(syn::LitStr::value)
        .unwrap_or_default();
    let fingerprint = fingerprint::of(aggregate.input, aggregate.snapshot.as_ref());
    let initial = if let Some(path) = &aggregate.initial {
        quote_spanned!(at(path)=> #path())
    } else {
        quote_spanned!(at(ident)=> #p::initial::<#ident #ty_generics>())
    };
    let evolve = quote_spanned!(at(event)=> <#event as #k::Evolve<Self>>::evolve(__event, self));
    tokens! {
        #allow
        impl #impl_generics #k::Aggregate for #ident #ty_generics #where_clause {
            const NAME: &'static ::core::primitive::str = #name;
            const STATE_FINGERPRINT: ::core::primitive::u64 = #fingerprint;

            type Id = #id;
            type Event = #event;
            type Error = #error;

            fn initial() -> Self {
                #initial
            }

            #[inline]
            fn evolve(&mut self, __event: #event) {
                #evolve
            }
        }
    }
}

/// The impl without the calls that may fail on their own.
pub(crate) fn stub(aggregate: &Aggregate<'_>) -> TokenStream {
    let (Some(id), Some(event), Some(error)) = (&aggregate.id, &aggregate.event, &aggregate.error)
    else {
        return TokenStream::new();
    };
    let k = aggregate.krate.path();
    let ident = &aggregate.input.ident;
    let (impl_generics, ty_generics, where_clause) = aggregate.input.generics.split_for_impl();
    let allow = allow();
    tokens! {
        #allow
        impl #impl_generics #k::Aggregate for #ident #ty_generics #where_clause {
            const NAME: &'static ::core::primitive::str = "";
            type Id = #id;
            type Event = #event;
            type Error = #error;
            fn initial() -> Self {
                ::core::unreachable!()
            }
            fn evolve(&mut self, _: #event) {}
        }
    }
}
