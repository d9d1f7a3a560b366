//! Bounds for a codec that has none of its own: how deep values may be nested, how long lists may claim to be.

use std::cell::Cell;

use serde::de::Error;

use super::ruled::Rule;

/// How deep a value may be nested in options, lists, maps and enums; a type that contains itself does so through one of
/// them. JSON reads 128 levels of lists and objects, each of which may stand in an option: that much is never too deep.
pub(super) const MAX_DEPTH: usize = 256;

/// What is left of the bounds.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'b> {
    /// Levels that may still be entered.
    depth: usize,
    /// Bytes of the payload: no list has more elements.
    bytes: usize,
    exceeded: &'b Cell<Option<Exceeded>>,
}

/// The bound that a payload exceeds.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum Exceeded {
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    Depth,
    #[error("a list in it claims to have more elements than there are bytes")]
    Length,
}

impl<'b> Bounds<'b> {
    /// Those of `payload`; one that is exceeded is told in `exceeded`, as the codec's errors have no texts.
    pub(super) fn new(payload: &[u8], exceeded: &'b Cell<Option<Exceeded>>) -> Self {
        Self {
            depth: MAX_DEPTH,
            bytes: payload.len(),
            exceeded,
        }
    }

    #[cold]
    fn refuse<E: Error>(self, exceeded: Exceeded) -> E {
        self.exceeded.set(Some(exceeded));
        E::custom(exceeded)
    }
}

impl Rule for Bounds<'_> {
    #[inline]
    fn enter<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.refuse(Exceeded::Depth)),
        }
    }

    // The codec gives the number of elements, or nothing if it cannot be true. Elements that take no bytes could be read
    // without end.
    #[inline]
    fn claimed<E: Error>(self, len: Option<usize>) -> Result<(), E> {
        match len {
            Some(len) if len <= self.bytes => Ok(()),
            _ => Err(self.refuse(Exceeded::Length)),
        }
    }
}
