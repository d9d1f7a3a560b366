//! Spans: where generated tokens stand for the reader of an error, and in whose scope they are.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// The place of the user's tokens, with the scope of generated code.
pub(crate) fn at(tokens: &impl Spanned) -> Span {
    Span::mixed_site().located_at(tokens.span())
}

/// The tokens as if the user had written them at `span`.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let respan_token = |mut token: TokenTree| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), respan(group.stream(), span)).into();
        }
        // `$crate` means something only with its own span.
        if token.to_string() != "$crate" {
            token.set_span(span);
        }
        token
    };
    tokens.into_iter().map(respan_token).collect()
}
