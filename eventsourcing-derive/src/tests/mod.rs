//! What the derives write, as snapshots, and how many mistakes they find at once.
//!
//! `INSTA_UPDATE=always cargo test -p eventsourcing-derive` accepts new snapshots.

mod aggregate;
mod aggregate_id;
mod command;
mod cost;
mod event;
mod schema;
mod view;

use proc_macro2::{TokenStream, TokenTree};
use syn::DeriveInput;

type Derive = fn(&DeriveInput) -> TokenStream;

/// The expansion of an item, as readable code.
fn expand(derive: Derive, item: &str) -> String {
    let tokens = derive(&syn::parse_str(item).expect("an item"));
    let file = syn::parse2(tokens).expect("items");
    prettyplease::unparse(&file)
}

/// The first lines of the errors that a derive reports for an item.
fn errors(derive: Derive, item: &str) -> Vec<String> {
    let mut found = Vec::new();
    messages(derive(&syn::parse_str(item).expect("an item")), &mut found);
    found
}

fn messages(tokens: TokenStream, found: &mut Vec<String>) {
    let mut in_error = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => in_error |= ident == "compile_error",
            TokenTree::Group(group) if in_error => {
                let text: syn::LitStr = syn::parse2(group.stream()).expect("a message");
                found.push(text.value().lines().next().unwrap_or_default().to_owned());
                in_error = false;
            }
            TokenTree::Group(group) => messages(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
