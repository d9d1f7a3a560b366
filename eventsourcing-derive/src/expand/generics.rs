//! Type parameters: names that are free, and which of them a type mentions.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{GenericParam, Generics, Lifetime, Type, WherePredicate};

/// A type parameter that the item does not have yet.
pub(crate) fn fresh(generics: &Generics, name: &str) -> Ident {
    let mut ident = Ident::new(name, Span::mixed_site());
    while generics.type_params().any(|param| param.ident == ident)
        || generics.const_params().any(|param| param.ident == ident)
    {
        ident = format_ident!("{ident}_", span = Span::mixed_site());
    }
    ident
}

/// The item's generics with one more type parameter in front of the others.
pub(crate) fn with_param(generics: &Generics, param: &Ident) -> Generics {
    let mut generics = generics.clone();
    let lifetimes = generics.lifetimes().count();
    generics
        .params
        .insert(lifetimes, GenericParam::Type(param.clone().into()));
    generics
}

/// The item's generics with more predicates.
pub(crate) fn with_predicates(
    generics: &Generics,
    more: impl IntoIterator<Item = WherePredicate>,
) -> Generics {
    let mut generics = generics.clone();
    let mut more = more.into_iter().peekable();
    if more.peek().is_some() {
        generics.make_where_clause().predicates.extend(more);
    }
    generics
}

/// Names of the parameters that occur in `tokens`; lifetimes without their `'`.
pub(crate) fn mentioned(generics: &Generics, tokens: impl ToTokens) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(tokens.to_token_stream(), &mut found);
    let params: BTreeSet<String> = generics.params.iter().map(param_name).collect();
    found.intersection(&params).cloned().collect()
}

fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                found.insert(ident.unraw().to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn param_name(param: &GenericParam) -> String {
    match param {
        GenericParam::Lifetime(param) => param.lifetime.ident.to_string(),
        GenericParam::Type(param) => param.ident.unraw().to_string(),
        GenericParam::Const(param) => param.ident.unraw().to_string(),
    }
}

/// The item's parameters that do not occur in `tokens`.
pub(crate) fn unmentioned(generics: &Generics, tokens: impl ToTokens) -> Vec<&GenericParam> {
    let mentioned = mentioned(generics, tokens);
    let params = generics.params.iter();
    params
        .filter(|param| !mentioned.contains(&param_name(param)))
        .collect()
}

/// Whether a type or const parameter occurs in `ty`.
pub(crate) fn is_generic(generics: &Generics, ty: &Type) -> bool {
    let mentioned = mentioned(generics, ty);
    generics.params.iter().any(|param| {
        !matches!(param, GenericParam::Lifetime(_)) && mentioned.contains(&param_name(param))
    })
}

/// The item's type parameters that occur in `tokens`.
pub(crate) fn type_params(generics: &Generics, tokens: impl ToTokens) -> Vec<&Ident> {
    let mentioned = mentioned(generics, tokens);
    generics
        .type_params()
        .map(|param| &param.ident)
        .filter(|ident| mentioned.contains(&ident.unraw().to_string()))
        .collect()
}

/// The generics that an item holding only `tokens` needs: without defaults, without what is not mentioned.
pub(crate) fn only_mentioned(generics: &Generics, tokens: impl ToTokens) -> Generics {
    let all: BTreeSet<String> = generics.params.iter().map(param_name).collect();
    let mut keep = mentioned(generics, tokens);
    // A parameter's own bounds may mention others.
    loop {
        let more: BTreeSet<String> = generics
            .params
            .iter()
            .filter(|param| keep.contains(&param_name(param)))
            .flat_map(|param| mentioned(generics, param))
            .collect();
        if more.is_subset(&keep) {
            break;
        }
        keep.extend(more);
    }
    let kept = generics
        .params
        .iter()
        .filter(|param| keep.contains(&param_name(param)))
        .cloned();
    let mut only = Generics {
        params: kept.collect(),
        ..Generics::default()
    };
    for param in &mut only.params {
        match param {
            GenericParam::Type(param) => param.default = None,
            GenericParam::Const(param) => param.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    if let Some(clause) = &generics.where_clause {
        let dropped: BTreeSet<String> = all.difference(&keep).cloned().collect();
        let kept = clause
            .predicates
            .iter()
            .filter(|predicate| mentioned(generics, predicate).is_disjoint(&dropped));
        let kept: Vec<WherePredicate> = kept.cloned().collect();
        if !kept.is_empty() {
            only.make_where_clause().predicates.extend(kept);
        }
    }
    only
}

/// A lifetime that the item does not have yet.
pub(crate) fn fresh_lifetime(generics: &Generics, name: &str) -> Lifetime {
    let mut lifetime = Lifetime::new(&format!("'{name}"), Span::mixed_site());
    while generics
        .lifetimes()
        .any(|param| param.lifetime.ident == lifetime.ident)
    {
        lifetime = Lifetime::new(&format!("{lifetime}_"), Span::mixed_site());
    }
    lifetime
}
