//! The fingerprint of a state's shape, as far as its tokens tell it.
//!
//! It covers, in order: names and types of the fields as written, `#[serde(..)]` attributes of the item, its variants
//! and fields, and the user's `snapshot = N`. It covers neither the name of the type nor what is inside the types of
//! its fields: if one of those changes its stored form, count `snapshot` up.

use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Data, DeriveInput, Fields, LitInt};

/// The fingerprint of a state.
pub(crate) fn of(input: &DeriveInput, snapshot: Option<&LitInt>) -> Literal {
    let mut hash = Fnv::new();
    hash.word("es1");
    hash.word(snapshot.map_or("0", LitInt::base10_digits));
    hash.attrs(&input.attrs);
    match &input.data {
        Data::Struct(data) => hash.fields(&data.fields),
        Data::Enum(data) => {
            for variant in &data.variants {
                hash.word("variant");
                hash.tokens(variant.ident.to_token_stream());
                hash.attrs(&variant.attrs);
                hash.fields(&variant.fields);
            }
        }
        Data::Union(_) => {}
    }
    Literal::u64_suffixed(hash.0)
}

/// FNV-1a, 64 bits.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    /// Hashes a word and its end.
    fn word(&mut self, word: &str) {
        word.bytes().for_each(|byte| self.byte(byte));
        self.byte(0);
    }

    fn fields(&mut self, fields: &Fields) {
        self.word(match fields {
            Fields::Named(_) => "named",
            Fields::Unnamed(_) => "unnamed",
            Fields::Unit => "unit",
        });
        for field in fields {
            self.word("field");
            self.tokens(field.ident.to_token_stream());
            self.tokens(field.ty.to_token_stream());
            self.attrs(&field.attrs);
        }
    }

    fn attrs(&mut self, attrs: &[Attribute]) {
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            self.tokens(attr.meta.to_token_stream());
        }
    }

    /// Hashes token by token, so that spacing and line breaks do not count. Invisible groups do not count either.
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                        proc_macro2::Delimiter::Brace => ("{", "}"),
                        proc_macro2::Delimiter::Bracket => ("[", "]"),
                        proc_macro2::Delimiter::None => {
                            self.tokens(group.stream());
                            continue;
                        }
                    };
                    self.word(open);
                    self.tokens(group.stream());
                    self.word(close);
                }
                other => self.word(&other.to_string()),
            }
        }
    }
}
