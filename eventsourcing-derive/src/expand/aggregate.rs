//! `impl Aggregate`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{allow, missing_type};
use crate::ctxt::Errors;
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

/// The impl without the calls that may fail on their own. A type that is missing is where the error about it stands.
pub(crate) fn stub(aggregate: &Aggregate<'_>, errors: &mut Errors) -> TokenStream {
    let k = aggregate.krate.path();
    let ident = &aggregate.input.ident;
    let (impl_generics, ty_generics, where_clause) = aggregate.input.generics.split_for_impl();
    let allow = allow();
    let mut broken = None;
    let ties = [
        ("Id", &aggregate.id),
        ("Event", &aggregate.event),
        ("Error", &aggregate.error),
    ];
    let types = ties.map(|(name, written)| {
        let tie = Ident::new(name, Span::mixed_site());
        let ty = match (written, &broken) {
            (Some(ty), _) => tokens!(#ty),
            (None, Some(broken)) => tokens!(<Self as #k::Aggregate>::#broken),
            (None, None) => {
                broken = Some(tie.clone());
                missing_type(&aggregate.krate, errors)
            }
        };
        tokens!(type #tie = #ty;)
    });
    tokens! {
        #allow
        impl #impl_generics #k::Aggregate for #ident #ty_generics #where_clause {
            const NAME: &'static ::core::primitive::str = "";
            #(#types)*
            fn initial() -> Self {
                ::core::unreachable!()
            }
            fn evolve(&mut self, _: <Self as #k::Aggregate>::Event) {}
        }
    }
}
