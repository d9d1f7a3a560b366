//! `impl Command`.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Generics, Type, WherePredicate};

use super::generics::with_predicates;
use super::{allow, missing_type};
use crate::ctxt::Errors;
use crate::model::command::{Body, Command};
use crate::span::{at, respan};

/// The impl; nothing if the aggregate is unknown, which is an error already.
pub(crate) fn expand(command: &Command<'_>) -> TokenStream {
    let Some(aggregate) = &command.aggregate else {
        return TokenStream::new();
    };
    let k = command.krate.path();
    let (target, decide) = match &command.body {
        Body::Struct(marked) => {
            let target = marked
                .ids
                .iter()
                .map(|(_, member)| quote_spanned!(at(member)=> &self.#member));
            let target = tokens!(#(#target)*);
            let decide = quote_spanned!(at(aggregate)=> <#aggregate as #k::Handle<Self>>::handle(__state, self, __context));
            (target, decide)
        }
        Body::Enum(routes) if routes.is_empty() => {
            (tokens!(match *self {}), tokens!(match self {}))
        }
        Body::Enum(routes) => {
            let routes: Vec<_> = routes
                .iter()
                .filter_map(|route| Some((&route.variant.ident, route.payload?)))
                .collect();
            let targets = routes.iter().map(|(variant, payload)| {
                let target = quote_spanned!(at(payload)=> #k::Command::target(__command));
                tokens!(Self::#variant(__command) => #target,)
            });
            let decisions = routes.iter().map(|(variant, payload)| {
                let decide = quote_spanned!(at(payload)=> #k::Command::decide(__command, __state, __context));
                tokens!(Self::#variant(__command) => #decide,)
            });
            (
                tokens!(match self { #(#targets)* }),
                tokens!(match self { #(#decisions)* }),
            )
        }
    };
    let generics = with_predicates(&command.input.generics, predicates(command, aggregate));
    let aggregate = tokens!(#aggregate);
    implement(
        command,
        (&aggregate, &aggregate),
        &generics,
        &target,
        &decide,
    )
}

/// What routing asks of each command struct. Bounds, although the types are usually known: a mistake is then one error,
/// at the type itself, and a missing `Handle` is the command's own.
fn predicates(command: &Command<'_>, aggregate: &Type) -> Vec<WherePredicate> {
    let Body::Enum(routes) = &command.body else {
        return Vec::new();
    };
    let k = command.krate.path();
    let predicate = |payload: &Type| {
        let bound = respan(tokens!(#k::Command<Aggregate = #aggregate>), payload.span());
        syn::parse2(quote_spanned!(payload.span()=> #payload: #bound)).ok()
    };
    routes
        .iter()
        .filter_map(|route| predicate(route.payload?))
        .collect()
}

/// The impl without bodies. A missing aggregate is where the error about it stands.
pub(crate) fn stub(command: &Command<'_>, errors: &mut Errors) -> TokenStream {
    let k = command.krate.path();
    let aggregate = match &command.aggregate {
        Some(aggregate) => tokens!(#aggregate),
        None => missing_type(&command.krate, errors),
    };
    let named = tokens!(<Self as #k::Command>::Aggregate);
    let never = tokens!(::core::unreachable!());
    let generics = &command.input.generics;
    implement(command, (&aggregate, &named), generics, &never, &never)
}

/// The impl, with the aggregate as the associated type says it and as the rest does.
fn implement(
    command: &Command<'_>,
    (is, named): (&TokenStream, &TokenStream),
    generics: &Generics,
    target: &TokenStream,
    decide: &TokenStream,
) -> TokenStream {
    let k = command.krate.path();
    let ident = &command.input.ident;
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let allow = allow();
    tokens! {
        #allow
        impl #impl_generics #k::Command for #ident #ty_generics #where_clause {
            type Aggregate = #is;

            #[inline]
            fn target(&self) -> &<#named as #k::Aggregate>::Id {
                #target
            }

            #[inline]
            fn decide(
                self,
                __state: &#named,
                __context: &#k::Context,
            ) -> ::core::result::Result<
                #k::Events<<#named as #k::Aggregate>::Event>,
                <#named as #k::Aggregate>::Error,
            > {
                #decide
            }
        }
    }
}
