//! Readers of single values; each says what it expected, what it found and what to write.

use std::fmt::Display;

use proc_macro2::{Ident, Span, TokenTree};
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Lit, LitInt, LitStr, Path, Token, Type, TypePath, WherePredicate};

/// A whole number as it was written.
#[derive(Clone)]
pub(crate) struct Number<T = u16> {
    pub(crate) literal: LitInt,
    pub(crate) value: T,
}

/// What the next token is, for "found ..".
pub(crate) fn found(input: ParseStream<'_>) -> String {
    if let Ok(literal) = input.fork().parse::<Lit>() {
        return match literal {
            Lit::Str(_) => "a string".to_owned(),
            Lit::Int(_) => "an integer".to_owned(),
            other => format!("`{}`", quote::quote!(#other)),
        };
    }
    match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Group(group)) => match group.delimiter() {
            proc_macro2::Delimiter::Parenthesis => "`(..)`".to_owned(),
            proc_macro2::Delimiter::Brace => "`{..}`".to_owned(),
            proc_macro2::Delimiter::Bracket => "`[..]`".to_owned(),
            proc_macro2::Delimiter::None => format!("`{}`", group.stream()),
        },
        Ok(token) => format!("`{token}`"),
        Err(_) => "nothing".to_owned(),
    }
}

/// The `=` after a key, with a value behind it.
pub(crate) fn equals(
    key: &Ident,
    what: impl Display,
    example: impl Display,
    input: ParseStream<'_>,
) -> syn::Result<Span> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(
            key.span(),
            format!("expected `=` and {what} after `{key}`\nhelp: `{example}`"),
        ));
    }
    let span = input.parse::<Token![=]>()?.span();
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(
            span,
            format!("expected {what} after `=`\nhelp: `{example}`"),
        ));
    }
    Ok(span)
}

/// `key = "text"`.
pub(crate) fn string(key: &Ident, input: ParseStream<'_>) -> syn::Result<LitStr> {
    equals(key, "a string", format_args!("{key} = \"..\""), input)?;
    bare_string(key, input)
}

/// `"text"`, the value of `key`.
pub(crate) fn bare_string(key: &Ident, input: ParseStream<'_>) -> syn::Result<LitStr> {
    match input.fork().parse::<Lit>() {
        Ok(Lit::Str(_)) => input.parse(),
        _ if is_macro_call(input) => Err(input.error(
            "expected a string literal, found a macro call\nhelp: attributes are read before macros are expanded; write the text itself",
        )),
        _ => {
            let guess = match input.fork().parse::<Ident>() {
                Ok(ident) => crate::text::kebab(&ident.to_string()),
                Err(_) => "..".to_owned(),
            };
            Err(input.error(format!(
                "expected a string literal, found {}\nhelp: `{key} = \"{guess}\"`",
                found(input)
            )))
        }
    }
}

fn is_macro_call(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.parse::<Path>().is_ok() && ahead.peek(Token![!])
}

/// `key = 3`, a schema version.
pub(crate) fn version(key: &Ident, input: ParseStream<'_>) -> syn::Result<Number> {
    let literal = integer(key, input)?;
    version_number(literal)
}

/// A literal as a schema version.
pub(crate) fn version_number(literal: LitInt) -> syn::Result<Number> {
    let value = match literal.base10_parse::<u16>() {
        Ok(0) => {
            return Err(syn::Error::new(
                literal.span(),
                "schema versions start at 1",
            ));
        }
        Ok(value) => value,
        Err(_) => {
            let digits = literal.base10_digits();
            return Err(syn::Error::new(
                literal.span(),
                format!("schema version {digits} does not fit into u16"),
            ));
        }
    };
    Ok(Number { literal, value })
}

/// `key = 3`.
pub(crate) fn integer(key: &Ident, input: ParseStream<'_>) -> syn::Result<LitInt> {
    let literal = signed_integer(key, input)?;
    if literal.base10_digits().starts_with('-') {
        let message = format!("`{key}` cannot be negative");
        return Err(syn::Error::new(literal.span(), message));
    }
    Ok(literal)
}

/// `key = 3`, or `key = -3`.
fn signed_integer(key: &Ident, input: ParseStream<'_>) -> syn::Result<LitInt> {
    equals(key, "an integer", format_args!("{key} = 1"), input)?;
    match input.fork().parse::<Lit>() {
        Ok(Lit::Int(_)) => input.parse(),
        Ok(Lit::Str(text)) if text.value().parse::<u64>().is_ok() => Err(input.error(format!(
            "expected an integer, found a string\nhelp: `{key} = {}`",
            text.value()
        ))),
        _ => Err(input.error(format!(
            "expected an integer, found {}\nhelp: `{key} = 1`",
            found(input)
        ))),
    }
}

/// `id = 7`, the number of an event type.
pub(crate) fn id(key: &Ident, input: ParseStream<'_>) -> syn::Result<Number<u32>> {
    let literal = signed_integer(key, input)?;
    match literal.base10_parse() {
        Ok(value) => Ok(Number { literal, value }),
        Err(_) => Err(syn::Error::new(
            literal.span(),
            format!("`{key}` must be an integer between 0 and {}", u32::MAX),
        )),
    }
}

/// `key = some::Type`.
pub(crate) fn ty(key: &Ident, input: ParseStream<'_>) -> syn::Result<Type> {
    equals(key, "a type", format_args!("{key} = SomeType"), input)?;
    bare_type(key, "SomeType", input)
}

/// A type, the value of `key`.
pub(crate) fn bare_type(key: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<Type> {
    if let Ok(literal) = input.fork().parse::<LitStr>() {
        let example = match literal.parse::<Type>() {
            Ok(_) => literal.value(),
            Err(_) => example.to_owned(),
        };
        return Err(input.error(format!(
            "expected a type, found a string\nhelp: `{key} = {example}`"
        )));
    }
    let before = input.fork();
    input
        .parse()
        .map_err(|_| before.error(format!("expected a type, found {}", found(&before))))
}

/// `key = path::to::function`.
pub(crate) fn function(key: &Ident, input: ParseStream<'_>) -> syn::Result<TypePath> {
    equals(
        key,
        "the path of a function",
        format_args!("{key} = some_function"),
        input,
    )?;
    let before = input.fork();
    input.parse().map_err(|_| {
        before.error(format!(
            "expected the path of a function, found {}",
            found(&before)
        ))
    })
}

/// `key = Name`.
pub(crate) fn name(key: &Ident, example: &str, input: ParseStream<'_>) -> syn::Result<Ident> {
    equals(key, "a name", format_args!("{key} = {example}"), input)?;
    let before = input.fork();
    input.parse().map_err(|_| {
        before.error(format!(
            "expected a name, found {}\nhelp: `{key} = {example}`",
            found(&before)
        ))
    })
}

/// `crate = ::path`, absolute.
pub(crate) fn krate(key: &Ident, input: ParseStream<'_>) -> syn::Result<Path> {
    equals(key, "a path", "crate = ::eventsourcing", input)?;
    let before = input.fork();
    let path = input.call(Path::parse_mod_style).map_err(|_| {
        before.error(format!(
            "expected a path, found {}\nhelp: `crate = ::eventsourcing`",
            found(&before)
        ))
    })?;
    let first = path
        .segments
        .first()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default();
    if path.leading_colon.is_some() || first == "crate" || first == "$crate" {
        return Ok(path);
    }
    let written = quote::quote!(#path).to_string().replace(' ', "");
    let help = match first.as_str() {
        "self" | "super" => "start it with `::` or `crate::`".to_owned(),
        _ => format!("`crate = ::{written}` or `crate = crate::{written}`"),
    };
    Err(syn::Error::new_spanned(
        &path,
        format!(
            "path must be absolute: `{written}` would mean something else in every module\nhelp: {help}"
        ),
    ))
}

/// `bound = "T: Clone, T: Send"`.
pub(crate) fn bound(key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<WherePredicate>> {
    let text = string(key, input)?;
    let predicates = text
        .parse_with(Punctuated::<WherePredicate, Token![,]>::parse_terminated)
        .map_err(|error| {
            syn::Error::new(
                text.span(),
                format!("cannot read the bound: {error}\nhelp: `bound = \"T: Clone, T: Send\"`"),
            )
        })?;
    Ok(predicates.into_iter().collect())
}
