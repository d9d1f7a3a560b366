//! Dispatch: `impl Evolve`, through `Apply` or through a generated handler trait.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Fields, WherePredicate};

use super::super::generics::{fresh, with_param, with_predicates};
use super::{inline, nested, unknown};
use crate::expand::allow;
use crate::model::event::{Dispatch, EventSet, Shape};
use crate::span::respan;
use crate::text::{snake, unraw};

pub(crate) fn expand(set: &EventSet<'_>) -> TokenStream {
    match &set.dispatch {
        Dispatch::Typed => typed(set),
        Dispatch::Handler(name) => {
            let handler = handler(set, name);
            let evolve = evolve_by_handler(set, name);
            tokens!(#handler #evolve)
        }
        Dispatch::None => TokenStream::new(),
    }
}

/// `impl<S> Evolve<S> for Set where S: Apply<A> + ..`, each predicate at its payload type.
fn typed(set: &EventSet<'_>) -> TokenStream {
    let k = set.krate.path();
    let state = fresh(&set.input.generics, "__S");
    let predicates = set
        .events
        .iter()
        .filter_map(|event| -> Option<WherePredicate> {
            let tokens = match event.shape {
                Shape::Newtype(ty) => {
                    let apply = respan(tokens!(#k::Apply), ty.span());
                    quote_spanned!(ty.span()=> #state: #apply<#ty>)
                }
                Shape::Whole => tokens!(#state: #k::Apply<Self>),
                Shape::Inline(_) => return None,
            };
            syn::parse2(tokens).ok()
        });
    let (nested_predicates, nested_arms) = nested::evolve(set, &state);
    let (unknown_predicate, unknown_arm) = unknown::apply(set, &state);
    let generics = with_predicates(
        &with_param(&set.input.generics, &state),
        predicates.chain(nested_predicates).chain(unknown_predicate),
    );
    let arms = set.events.iter().filter_map(|event| match event.shape {
        Shape::Newtype(ty) => {
            let variant = event.ident;
            Some(tokens!(Self::#variant(__event) => #k::Apply::<#ty>::apply(__state, __event),))
        }
        Shape::Inline(_) | Shape::Whole => None,
    });
    let body = if set.is_struct() {
        tokens!(#k::Apply::<Self>::apply(__state, self))
    } else {
        tokens!(match self { #(#arms)* #(#nested_arms)* #unknown_arm })
    };
    evolve(&generics, &state, &head(set, &state), &body)
}

/// `Evolve<S> for Set`, at the set's name: with the macro's spans rustc would not name the payload type.
fn head(set: &EventSet<'_>, state: &Ident) -> TokenStream {
    let (k, ident) = (set.krate.path(), &set.input.ident);
    let (_, ty_generics, _) = set.input.generics.split_for_impl();
    let evolve = respan(tokens!(#k::Evolve<#state>), ident.span());
    tokens!(#evolve for #ident #ty_generics)
}

fn evolve(
    generics: &syn::Generics,
    state: &Ident,
    head: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let allow = allow();
    tokens! {
        #allow
        impl #impl_generics #head #where_clause {
            #[inline]
            fn evolve(self, __state: &mut #state) {
                #body
            }
        }
    }
}

/// The method of the handler trait for a variant.
fn method(variant: &Ident) -> Ident {
    let name = snake(&unraw(variant));
    let span = Span::call_site().located_at(variant.span());
    let valid = |text: &str| syn::parse_str::<Ident>(text).is_ok();
    match name.as_str() {
        "" => Ident::new("event", span),
        "self" | "super" | "crate" => Ident::new(&format!("{name}_"), span),
        _ if valid(&name) => Ident::new(&name, span),
        _ if valid(&format!("r#{name}")) => Ident::new_raw(&name, span),
        // It starts with a digit.
        _ => Ident::new(&format!("_{name}"), span),
    }
}

/// The generated trait: one required method for each event.
pub(crate) fn handler(set: &EventSet<'_>, name: &Ident) -> TokenStream {
    let visibility = &set.input.vis;
    let (generics, where_clause) = (&set.input.generics, &set.input.generics.where_clause);
    let set_name = unraw(&set.input.ident);
    let mut done: Vec<Ident> = Vec::new();
    let methods = set.events.iter().filter_map(|event| {
        let method = method(event.ident);
        if done.contains(&method) {
            return None;
        }
        done.push(method.clone());
        let default = format!(
            "Changes the state to what it is after [`{set_name}::{}`].",
            unraw(event.ident)
        );
        let docs = docs(event.attrs, &default);
        let params = match event.shape {
            Shape::Newtype(ty) => tokens!(event: #ty),
            Shape::Inline(fields) => params(fields),
            Shape::Whole => TokenStream::new(),
        };
        Some(tokens!(#docs fn #method(&mut self, #params);))
    });
    let unknown = set.unknown.iter().map(|unknown| {
        let (method, ty) = (method(unknown.ident), unknown.ty);
        let docs = docs(
            unknown.attrs,
            "Changes the state to what it is after an event that is not known here.",
        );
        tokens!(#docs fn #method(&mut self, event: #ty);)
    });
    let doc = format!("Transitions of a state for the events of [`{set_name}`], one method each.");
    tokens! {
        #[doc = #doc]
        #[allow(deprecated, clippy::all, clippy::pedantic)]
        #visibility trait #name #generics #where_clause {
            #(#methods)*
            #(#unknown)*
        }
    }
}

fn params(fields: &Fields) -> TokenStream {
    let params = fields.iter().enumerate().map(|(index, field)| {
        let ty = &field.ty;
        let ident = field
            .ident
            .clone()
            .unwrap_or_else(|| format_ident!("_{index}"));
        tokens!(#ident: #ty)
    });
    tokens!(#(#params),*)
}

/// The user's docs, or a sentence in their place.
fn docs(attrs: &[Attribute], default: &str) -> TokenStream {
    let docs: Vec<_> = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("doc"))
        .collect();
    if docs.is_empty() {
        tokens!(#[doc = #default])
    } else {
        tokens!(#(#docs)*)
    }
}

fn evolve_by_handler(set: &EventSet<'_>, name: &Ident) -> TokenStream {
    let (_, ty_generics, _) = set.input.generics.split_for_impl();
    let state = fresh(&set.input.generics, "__S");
    let predicate = syn::parse2::<WherePredicate>(tokens!(#state: #name #ty_generics)).ok();
    let (nested_predicates, nested_arms) = nested::evolve(set, &state);
    let generics = with_predicates(
        &with_param(&set.input.generics, &state),
        predicate.into_iter().chain(nested_predicates),
    );
    let arms = set.events.iter().map(|event| {
        let (variant, method) = (event.ident, method(event.ident));
        match event.shape {
            Shape::Inline(fields) => {
                let bindings = inline::bindings(fields);
                let braces = inline::braces(fields, &bindings);
                tokens!(Self::#variant #braces => <#state as #name #ty_generics>::#method(__state, #(#bindings),*),)
            }
            Shape::Newtype(_) | Shape::Whole => tokens!(Self::#variant(__event) => <#state as #name #ty_generics>::#method(__state, __event),),
        }
    });
    let unknown_arm = set.unknown.iter().map(|unknown| {
        let (variant, method) = (unknown.ident, method(unknown.ident));
        tokens!(Self::#variant(__event) => <#state as #name #ty_generics>::#method(__state, __event),)
    });
    evolve(
        &generics,
        &state,
        &head(set, &state),
        &tokens!(match self { #(#arms)* #(#nested_arms)* #(#unknown_arm)* }),
    )
}
