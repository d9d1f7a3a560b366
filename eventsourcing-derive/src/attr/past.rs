//! `split(..)`, `retired(..)`, `refused(..)`: names that are no longer written.

use std::ops::RangeInclusive;

use proc_macro2::Ident;
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{LitInt, LitStr, Token, parenthesized};

use super::versions::{self, Older};
use super::{Once, keys, list, value};
use crate::ctxt::Ctxt;
use crate::suggest::did_you_mean;

/// A name that is still read, or still reserved.
pub(crate) struct Past {
    /// `split`, `retired` or `refused`, as written.
    pub(crate) key: Ident,
    pub(crate) name: LitStr,
    pub(crate) fate: PastFate,
}

/// What becomes of it.
pub(crate) enum PastFate {
    /// Divided into events of these variants.
    Split {
        versions: Vec<Older>,
        into: Vec<Ident>,
    },
    /// Read as nothing.
    Retired(Range, LitStr),
    /// Not read.
    Refused(Range, LitStr),
}

/// `1..=2` as it was written.
pub(crate) struct Range {
    pub(crate) versions: RangeInclusive<u16>,
}

/// Most versions that one entry may reserve; each takes a row of the table.
const MOST_VERSIONS: u16 = 1000;

/// Reads `split(..)`.
pub(crate) fn split(cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> syn::Result<Option<Past>> {
    let inner;
    group(
        key,
        "split(name = \"..\", v1 = v1::Transferred, into(Withdrawn, Deposited))",
        input,
    )?;
    parenthesized!(inner in input);
    let (mut name, mut into, mut versions) = (Once::default(), Once::default(), Vec::new());
    let errors = cx.count();
    list(
        cx,
        &inner,
        &mut |option, input| match option.to_string().as_str() {
            "name" => value::string(option, input).map(|text| name.set(cx, option, text)),
            "into" => idents(cx, option, input).map(|idents| into.set(cx, option, idents)),
            _ => match versions::version_key(option) {
                Ok(version) => {
                    versions::older(cx, option, version, input).map(|older| versions.push(older))
                }
                Err(_) => Err(syn::Error::new(
                    option.span(),
                    keys::unknown_of(
                        &option.to_string(),
                        &["name", "v1", "into"],
                        "in `split(..)`",
                    ),
                )),
            },
        },
    );
    let whole = cx.count() == errors;
    if name.get().is_none() && whole {
        cx.error(
            key,
            "`split` needs the stored name that is read\nhelp: `name = \"..\"`",
        );
    }
    if versions.is_empty() && whole {
        cx.error(
            key,
            "`split` needs the stored payload types\nhelp: `v1 = <Type>`",
        );
    }
    if into.get().is_none() && whole {
        cx.error(
            key,
            "say which events the split produces\nhelp: `into(Withdrawn, FeeCharged)`; subscriptions filter by it",
        );
    }
    let (Some(name), Some(into)) = (name.into_value(), into.into_value()) else {
        return Ok(None);
    };
    Ok(Some(Past {
        key: key.clone(),
        name,
        fate: PastFate::Split { versions, into },
    }))
}

/// The keys in `retired(..)` and `refused(..)`.
const RESERVED: [&str; 3] = ["name", "versions", "reason"];

/// Reads `retired(..)` or `refused(..)`.
pub(crate) fn reserved(
    cx: &Ctxt,
    key: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<Option<Past>> {
    let inner;
    group(
        key,
        format_args!("{key}(name = \"..\", versions = 1..=1, reason = \"..\")"),
        input,
    )?;
    parenthesized!(inner in input);
    let (mut name, mut range, mut reason) = (Once::default(), Once::default(), Once::default());
    let errors = cx.count();
    let mut failed = Vec::new();
    list(cx, &inner, &mut |option, input| {
        let text = option.to_string();
        let read = match text.as_str() {
            "name" => value::string(option, input).map(|text| name.set(cx, option, text)),
            "versions" => {
                versions_range(option, input).map(|versions| range.set(cx, option, versions))
            }
            "reason" => value::string(option, input).map(|text| reason.set(cx, option, text)),
            _ => Err(syn::Error::new(
                option.span(),
                keys::unknown_of(&text, &RESERVED, &format!("in `{key}(..)`")),
            )),
        };
        if read.is_err() {
            failed.extend(did_you_mean(&text, RESERVED));
        }
        read
    });
    // An error that is about none of the keys may stand where any of them was meant.
    let lost = cx.count() - errors > failed.len();
    let missing = |option: &str, given: bool| !given && !lost && !failed.contains(&option);
    if missing("name", name.get().is_some()) {
        cx.error(
            key,
            format!("`{key}` needs the stored name\nhelp: `name = \"..\"`"),
        );
    }
    if missing("versions", range.get().is_some()) {
        cx.error(
            key,
            format!("`{key}` needs the versions that were stored\nhelp: `versions = 1..=1`"),
        );
    }
    if missing("reason", reason.get().is_some()) {
        cx.error(key, format!("`{key}` needs a reason, for whoever finds the name in the store\nhelp: `reason = \"..\"`"));
    }
    let (Some(name), Some(range), Some(reason)) =
        (name.into_value(), range.into_value(), reason.into_value())
    else {
        return Ok(None);
    };
    let fate = if key == "retired" {
        PastFate::Retired(range, reason)
    } else {
        PastFate::Refused(range, reason)
    };
    Ok(Some(Past {
        key: key.clone(),
        name,
        fate,
    }))
}

fn group(key: &Ident, example: impl std::fmt::Display, input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(syn::token::Paren) {
        return Ok(());
    }
    Err(syn::Error::new(
        key.span(),
        format!("expected `{key}(..)`\nhelp: `{example}`"),
    ))
}

/// `(Withdrawn, FeeCharged)`; may be empty.
fn idents(cx: &Ctxt, key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    group(key, "into(Withdrawn, FeeCharged)", input)?;
    let inner;
    parenthesized!(inner in input);
    let mut idents = Vec::new();
    list(cx, &inner, &mut |ident, _| {
        idents.push(ident.clone());
        Ok(())
    });
    Ok(idents)
}

/// `versions = 1..=2`, or `versions = 1` for a single one.
fn versions_range(key: &Ident, input: ParseStream<'_>) -> syn::Result<Range> {
    value::equals(key, "a range", "versions = 1..=2", input)?;
    let before = input.fork();
    let first: LitInt = input.parse().map_err(|_| {
        before.error(format!(
            "expected a range of versions, found {}\nhelp: `versions = 1..=2`",
            value::found(&before)
        ))
    })?;
    let start = value::version_number(first.clone())?.value;
    if !input.peek(Token![..]) {
        return Ok(Range {
            versions: start..=start,
        });
    }
    let (dots, inclusive) = if input.peek(Token![..=]) {
        (input.parse::<Token![..=]>()?.into_token_stream(), true)
    } else {
        (input.parse::<Token![..]>()?.into_token_stream(), false)
    };
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new_spanned(
            quote!(#first #dots),
            format!(
                "the range must have an end; a retired name gets no new versions\nhelp: `versions = {start}..={start}`"
            ),
        ));
    }
    let last: LitInt = input.parse()?;
    let written = quote!(#first #dots #last);
    let end = value::version_number(last)?.value - u16::from(!inclusive);
    if end < start {
        return Err(syn::Error::new_spanned(written, "empty version range"));
    }
    if end - start >= MOST_VERSIONS {
        return Err(syn::Error::new_spanned(
            written,
            format!("the range holds more than {MOST_VERSIONS} versions"),
        ));
    }
    Ok(Range {
        versions: start..=end,
    })
}
