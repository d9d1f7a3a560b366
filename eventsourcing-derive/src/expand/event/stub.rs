//! Stand-ins after an error, so that the errors reported are the only ones.

use proc_macro2::TokenStream;

use super::super::generics::{fresh, with_param};
use super::{evolve, from, payloads};
use crate::expand::allow;
use crate::model::event::{Dispatch, EventSet};

/// Impls with the right heads and empty bodies.
pub(crate) fn stub(set: &EventSet<'_>) -> TokenStream {
    let (k, p) = (set.krate.path(), set.krate.private());
    let ident = &set.input.ident;
    let (impl_generics, ty_generics, where_clause) = set.input.generics.split_for_impl();
    let from = from(set);
    let allow = allow();
    let format = fresh(&set.input.generics, "__F");
    let evolve = evolve_stub(set);
    let payloads = payloads::stub(set);
    tokens! {
        #allow
        impl #impl_generics #k::Event for #ident #ty_generics #where_clause {
            const TYPES: &'static [#k::EventType] = &[];
            const STORED: &'static [#k::StoredType] = &[];
            fn type_index(&self) -> ::core::primitive::usize {
                0
            }
            fn slot(_: &::core::primitive::str, _: ::core::primitive::u16) -> ::core::option::Option<#k::Slot> {
                ::core::option::Option::None
            }
            fn encode<#format: #k::Format>(
                &self,
                _: &#format,
                _: &mut #p::Vec<::core::primitive::u8>,
            ) -> ::core::result::Result<(), #k::FormatError> {
                ::core::result::Result::Ok(())
            }
            fn decode<#format: #k::Format>(
                _: #k::Slot,
                _: &#format,
                __cx: &#k::UpcastCx<'_>,
            ) -> ::core::result::Result<#k::Decoded<Self>, #k::DecodeError> {
                #p::unsupported(__cx)
            }
        }
        #(#from)*
        #evolve
        #payloads
    }
}

fn evolve_stub(set: &EventSet<'_>) -> TokenStream {
    let k = set.krate.path();
    let ident = &set.input.ident;
    let (_, ty_generics, _) = set.input.generics.split_for_impl();
    let state = fresh(&set.input.generics, "__S");
    let generics = with_param(&set.input.generics, &state);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let handler = match &set.dispatch {
        Dispatch::Handler(name) => evolve::handler(set, name),
        Dispatch::Typed => TokenStream::new(),
        Dispatch::None => return TokenStream::new(),
    };
    let allow = allow();
    tokens! {
        #handler
        #allow
        impl #impl_generics #k::Evolve<#state> for #ident #ty_generics #where_clause {
            fn evolve(self, _: &mut #state) {}
        }
    }
}
