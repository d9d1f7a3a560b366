//! `#[serde(..)]`, as far as it decides what is stored. What serde itself would refuse is left to serde.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Path, Token};

use super::case::Case;

/// The settings of one item, variant or field.
pub(crate) struct Settings(Vec<Meta>);

/// The two directions of a setting that may be given for each.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Both {
    pub(crate) write: Option<String>,
    pub(crate) read: Option<String>,
}

impl Settings {
    /// Reads all `#[serde(..)]` attributes.
    pub(crate) fn of(attrs: &[Attribute]) -> Self {
        let serde = attrs.iter().filter(|attr| attr.path().is_ident("serde"));
        let lists = serde.filter_map(|attr| {
            attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .ok()
        });
        Self(lists.flatten().collect())
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &Meta> {
        self.0.iter().filter(move |meta| meta.path().is_ident(key))
    }

    /// The setting itself, to point at.
    pub(crate) fn get(&self, key: &str) -> Option<&Meta> {
        self.all(key).next()
    }

    /// Whether it is set, with or without a value.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// `key = "text"`.
    pub(crate) fn text(&self, key: &str) -> Option<LitStr> {
        self.all(key).find_map(value)
    }

    /// `key = "text"` or `key(serialize = "..", deserialize = "..")`.
    pub(crate) fn both(&self, key: &str) -> Both {
        let mut both = Both {
            write: None,
            read: None,
        };
        for meta in self.all(key) {
            if let Some(text) = value(meta) {
                both.write = Some(text.value());
                both.read = Some(text.value());
            }
            for inner in list(meta) {
                let text = value(&inner).map(|text| text.value());
                if inner.path().is_ident("serialize") {
                    both.write = text;
                } else if inner.path().is_ident("deserialize") {
                    both.read = text;
                }
            }
        }
        both
    }

    /// The rule of `rename_all`, once for each direction.
    pub(crate) fn case(&self, key: &str) -> (Case, Case) {
        let both = self.both(key);
        let case = |text: Option<String>| text.map_or(Case::None, |text| Case::named(&text));
        (case(both.write), case(both.read))
    }

    /// All `alias = ".."`.
    pub(crate) fn aliases(&self) -> Vec<String> {
        let texts = self.all("alias").filter_map(value);
        texts.map(|text| text.value()).collect()
    }
}

fn value(meta: &Meta) -> Option<LitStr> {
    let Meta::NameValue(pair) = meta else {
        return None;
    };
    let mut expr = &pair.value;
    // `macro_rules` puts invisible groups around what it passes on.
    while let Expr::Group(group) = expr {
        expr = &group.expr;
    }
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn list(meta: &Meta) -> Vec<Meta> {
    let Meta::List(list) = meta else {
        return Vec::new();
    };
    list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
        .map(|list| list.into_iter().collect())
        .unwrap_or_default()
}

/// The last word of a setting's path, for messages.
pub(crate) fn word(path: &Path) -> String {
    path.segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default()
}
