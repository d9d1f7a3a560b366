//! `#[es(..)]`: from tokens to typed values. Mistakes inside one entry never hide those in the next.

pub(crate) mod case;
pub(crate) mod keys;
mod once;
pub(crate) mod past;
pub(crate) mod serde;
pub(crate) mod value;
pub(crate) mod versions;

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::token::Paren;
use syn::{Attribute, Meta, Token};

pub(crate) use self::once::Once;
use crate::ctxt::Ctxt;

/// Calls `read` with each `key` of the `#[es(..)]` attributes and the tokens after it.
pub(crate) fn entries(
    cx: &Ctxt,
    attrs: &[Attribute],
    read: &mut dyn FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("es")) {
        let Meta::List(meta) = &attr.meta else {
            cx.error(&attr.meta, "expected `#[es(..)]`");
            continue;
        };
        let parser = |input: ParseStream<'_>| {
            list(cx, input, read);
            Ok(())
        };
        cx.keep(parser.parse2(meta.tokens.clone()));
    }
}

/// Whether the attribute is an `#[es]` without a list.
pub(crate) fn is_malformed(attr: &Attribute) -> bool {
    attr.path().is_ident("es") && !matches!(attr.meta, Meta::List(_))
}

/// Reads `key .., key ..` to the end of `input`. After a broken entry it goes on behind the next comma.
pub(crate) fn list(
    cx: &Ctxt,
    input: ParseStream<'_>,
    read: &mut dyn FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    while !input.is_empty() {
        entry(cx, input, &mut |input| {
            if input.peek(Ident::peek_any) {
                read(&input.call(Ident::parse_any)?, input)
            } else {
                Err(input.error(format!("expected a key, found {}", value::found(input))))
            }
        });
    }
}

/// Reads one entry and the comma behind it. Where that is missing and another entry follows, that one is still to be read:
/// it would be missed otherwise, which is no mistake of its own.
pub(crate) fn entry(
    cx: &Ctxt,
    input: ParseStream<'_>,
    read: &mut dyn FnMut(ParseStream<'_>) -> syn::Result<()>,
) {
    let whole = cx.keep(read(input)).is_some();
    if whole && !input.is_empty() && !input.peek(Token![,]) {
        cx.push(input.error(format!("expected `,`, found {}", value::found(input))));
        if input.peek(Ident::peek_any) && (input.peek2(Token![=]) || input.peek2(Paren)) {
            return;
        }
    }
    skip_entry(input);
}

/// Moves behind the next comma.
fn skip_entry(input: ParseStream<'_>) {
    while let Ok(token) = input.parse::<TokenTree>() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            break;
        }
    }
}
