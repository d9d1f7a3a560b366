//! `vN = T`, `vN = _`, `vN = !` and `vN(T, via = f)`: how one older version is read.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{LitInt, Type, TypePath, parenthesized};

use super::value::{self, found};
use super::{entry, keys, list};
use crate::ctxt::Ctxt;

/// One older version.
#[derive(Clone)]
pub(crate) struct Older {
    /// `v1`, as written.
    pub(crate) key: Ident,
    pub(crate) version: u16,
    pub(crate) how: How,
}

/// How the payload of an older version is read.
#[derive(Clone)]
pub(crate) enum How {
    /// As this type, then lifted with `Upcast` or with the function.
    As(Box<Type>, Option<TypePath>),
    /// As the next version's type (`_`).
    Same,
    /// Not at all (`!`).
    Never,
}

/// Reads the list in `from(..)`.
pub(crate) fn from(cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Older>> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(
            key.span(),
            "expected a list of older versions\nhelp: `from(v1 = v1::Opened)`",
        ));
    }
    let inner;
    parenthesized!(inner in input);
    let mut versions = Vec::new();
    if inner.is_empty() {
        cx.error(key, "`from` lists no versions\nhelp: `from(v1 = <Type>)`");
    }
    while !inner.is_empty() {
        entry(cx, &inner, &mut |input| {
            if let Ok(number) = input.fork().parse::<LitInt>() {
                return Err(input.error(format!(
                    "expected `v1`, `v2`, .., found `{number}`\nhelp: `v{number} = ..`"
                )));
            }
            let before = input.fork();
            let key = input.call(Ident::parse_any).map_err(|_| {
                before.error(format!("expected `v1`, `v2`, .., found {}", found(&before)))
            })?;
            let version = version_key(&key)?;
            versions.push(older(cx, &key, version, input)?);
            Ok(())
        });
    }
    Ok(versions)
}

/// The number in `v3`.
pub(crate) fn version_key(key: &Ident) -> syn::Result<u16> {
    let text = key.to_string();
    let digits = text.strip_prefix('v').filter(|digits| !digits.is_empty());
    match digits {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let literal = LitInt::new(digits, key.span());
            value::version_number(literal).map(|number| number.value)
        }
        _ => {
            let number = text.trim_start_matches(|char: char| !char.is_ascii_digit());
            let near = text.len() - number.len() <= 1 && number.parse::<u16>().is_ok();
            let hint = if near {
                format!("; did you mean `v{number}`?")
            } else {
                String::new()
            };
            Err(syn::Error::new(
                key.span(),
                format!("expected `v1`, `v2`, .., found `{text}`{hint}"),
            ))
        }
    }
}

/// What stands behind `vN`.
pub(crate) fn older(
    cx: &Ctxt,
    key: &Ident,
    version: u16,
    input: ParseStream<'_>,
) -> syn::Result<Older> {
    let how = if input.peek(syn::token::Paren) {
        let inner;
        parenthesized!(inner in input);
        with_options(cx, key, &inner)?
    } else {
        value::equals(
            key,
            "a type, `_` or `!`",
            format_args!("{key} = {key}::Opened"),
            input,
        )?;
        match value::bare_type(key, "SomeType", input)? {
            Type::Infer(_) => How::Same,
            Type::Never(_) => How::Never,
            ty => How::As(Box::new(ty), None),
        }
    };
    Ok(Older {
        key: key.clone(),
        version,
        how,
    })
}

/// `T, via = f`.
fn with_options(cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> syn::Result<How> {
    if input.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format!("expected a type\nhelp: `{key}(SomeType, via = function)`"),
        ));
    }
    let ty = value::bare_type(key, "SomeType", input)?;
    let mut via = None;
    entry(cx, input, &mut |_| Ok(()));
    list(cx, input, &mut |option, input| {
        if option != "via" {
            let message =
                keys::unknown_of(&option.to_string(), &["via"], &format!("in `{key}(..)`"));
            return Err(syn::Error::new(option.span(), message));
        }
        via = Some(value::function(option, input)?);
        Ok(())
    });
    match ty {
        Type::Infer(_) | Type::Never(_) if via.is_some() => Err(syn::Error::new(
            key.span(),
            format!("`via` needs the stored type\nhelp: `{key}(SomeType, via = ..)`"),
        )),
        Type::Infer(_) => Ok(How::Same),
        Type::Never(_) => Ok(How::Never),
        ty => Ok(How::As(Box::new(ty), via)),
    }
}
