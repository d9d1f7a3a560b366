//! [`Ctxt`]: the sink of one derive's errors, so that all of them are reported together.

use std::cell::RefCell;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects errors. It must be emptied with [`Ctxt::finish`]; debug builds insist.
#[derive(Debug, Default)]
pub(crate) struct Ctxt {
    errors: RefCell<Vec<syn::Error>>,
}

impl Ctxt {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Reports an error at the whole of `tokens`.
    pub(crate) fn error(&self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports an error that a parser gave.
    pub(crate) fn push(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// Number of errors so far.
    pub(crate) fn count(&self) -> usize {
        self.errors.borrow().len()
    }

    /// Keeps what `result` holds, or reports its error.
    pub(crate) fn keep<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// All errors, if there are any.
    pub(crate) fn finish(self) -> Result<(), Errors> {
        let errors = self.errors.take();
        if errors.is_empty() {
            return Ok(());
        }
        Err(Errors(
            errors.iter().map(syn::Error::to_compile_error).collect(),
        ))
    }
}

/// Errors that were collected, as the tokens that report them.
#[derive(Debug)]
pub(crate) struct Errors(Vec<TokenStream>);

impl Errors {
    /// The last of those left.
    pub(crate) fn pop(&mut self) -> Option<TokenStream> {
        self.0.pop()
    }

    /// Those left.
    pub(crate) fn into_items(self) -> TokenStream {
        self.0.into_iter().collect()
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        debug_assert!(
            std::thread::panicking() || self.errors.borrow().is_empty(),
            "errors were collected and never reported"
        );
    }
}
