//! All rules of `derive(Aggregate)`.

use super::names::misspelt;
use crate::ctxt::Ctxt;
use crate::model::aggregate::Aggregate;
use crate::text::{list, snake, unraw, words};

/// Checks the aggregate.
pub(crate) fn check(cx: &Ctxt, aggregate: &Aggregate<'_>) {
    missing(cx, aggregate);
    name(cx, aggregate);
}

/// All four ties are given; the help is the whole attribute.
fn missing(cx: &Ctxt, aggregate: &Aggregate<'_>) {
    let ident = unraw(&aggregate.input.ident);
    let written = |value: &Option<syn::Type>, guess: &str| match value {
        Some(ty) => crate::text::tokens(ty),
        None => format!("{ident}{guess}"),
    };
    let name = match &aggregate.name {
        Some(name) => name.value(),
        None => snake(&ident),
    };
    let keys = [
        ("name", aggregate.name.is_some(), format!("\"{name}\"")),
        ("id", aggregate.id.is_some(), written(&aggregate.id, "Id")),
        (
            "event",
            aggregate.event.is_some(),
            written(&aggregate.event, "Event"),
        ),
        (
            "error",
            aggregate.error.is_some(),
            written(&aggregate.error, "Error"),
        ),
    ];
    let missing: Vec<&str> = keys
        .iter()
        .filter(|(key, given, _)| !given && !aggregate.failed.contains(key))
        .map(|(key, ..)| *key)
        .collect();
    if missing.is_empty() {
        return;
    }
    let all: Vec<String> = keys
        .iter()
        .map(|(key, _, value)| format!("{key} = {value}"))
        .collect();
    cx.error(
        &aggregate.input.ident,
        format!(
            "`#[derive(Aggregate)]` on `{ident}` needs {}\nhelp: `#[es({})]`",
            list(&missing, "and"),
            all.join(", ")
        ),
    );
}

/// The category of stream ids: `[a-z0-9]+([._][a-z0-9]+)*`.
fn name(cx: &Ctxt, aggregate: &Aggregate<'_>) {
    const MOST_BYTES: usize = 100;
    let Some(literal) = &aggregate.name else {
        return;
    };
    let name = literal.value();
    if name.is_empty() {
        cx.error(literal, "the aggregate's name is empty");
        return;
    }
    if name.len() > MOST_BYTES {
        cx.error(
            literal,
            format!(
                "the aggregate's name is {} bytes long; the limit is {MOST_BYTES}",
                name.len()
            ),
        );
        return;
    }
    let Some(problem) = misspelt(&name, &['.', '_']) else {
        reserved(cx, literal, &name);
        return;
    };
    let dash = if name.contains('-') {
        "; `-` separates name and id in stream ids"
    } else {
        ""
    };
    let better = words(&name).join("_");
    let help = match misspelt(&better, &['_']) {
        None if !better.is_empty() => format!("\nhelp: `name = \"{better}\"`"),
        _ => String::new(),
    };
    cx.error(
        literal,
        format!("the aggregate's name {problem}; allowed: lower-case letters, digits, and `.`, `_` between them{dash}{help}"),
    );
}

/// Categories of streams that the toolkit writes itself.
fn reserved(cx: &Ctxt, literal: &syn::LitStr, name: &str) {
    let reason = if name == "projection" {
        "what somebody does about a projection is recorded in streams of that category"
    } else if name.starts_with("es.") {
        "categories that begin with `es.` are the toolkit's own"
    } else {
        return;
    };
    cx.error(
        literal,
        format!("the aggregate's name `{name}` is reserved: {reason}\nhelp: choose another name"),
    );
}
