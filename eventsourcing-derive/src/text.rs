//! Identifiers as text: without `r#`, split into words, joined again in another case.

use proc_macro2::Ident;
use syn::ext::IdentExt;

/// The identifier as users read it.
pub(crate) fn unraw(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// The words of a text, in lower case: `MoneyAdded`, `money_added` and `Money added` give the same two.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    let mut previous_upper = false;
    while let Some(char) = chars.next() {
        if !char.is_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            previous_upper = false;
            continue;
        }
        let upper = char.is_uppercase();
        let starts_word =
            upper && (!previous_upper || chars.peek().is_some_and(|next| next.is_lowercase()));
        if starts_word && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(char.to_lowercase());
        previous_upper = upper;
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// `MoneyAdded` as `money_added`.
pub(crate) fn snake(text: &str) -> String {
    words(text).join("_")
}

/// `MoneyAdded` as `money-added`, keeping only what a stored name may hold.
pub(crate) fn kebab(text: &str) -> String {
    let ascii: String = text
        .chars()
        .map(|char| if char.is_ascii() { char } else { ' ' })
        .collect();
    words(&ascii).join("-")
}

/// `a`, `b` and `c`, each in backticks.
pub(crate) fn list<T: std::fmt::Display>(items: &[T], last: &str) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
    match quoted.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}

/// Tokens about as a user writes them.
pub(crate) fn tokens(tokens: impl quote::ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        ("' ", "'"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}
