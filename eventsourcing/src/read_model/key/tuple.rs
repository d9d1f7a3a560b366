//! Tuples of keys, ordered by their first part, then by their second, and so on.

use super::{Key, PrefixOf};

macro_rules! tuples {
    ($($($part:ident $field:tt),+;)*) => { $(
        impl<$($part: Key),+> Key for ($($part,)+) {
            fn kind() -> String {
                format!("({})", [$($part::kind()),+].join(", "))
            }

            fn encode(&self, bytes: &mut Vec<u8>) {
                $(self.$field.encode(bytes);)+
            }

            fn decode(bytes: &mut &[u8]) -> Option<Self> {
                Some(($($part::decode(bytes)?,)+))
            }
        }
    )* };
}

tuples! {
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
}

impl<A: Key, B: Key> PrefixOf<(A, B)> for A {}
impl<A: Key, B: Key, C: Key> PrefixOf<(A, B, C)> for A {}
impl<A: Key, B: Key, C: Key> PrefixOf<(A, B, C)> for (A, B) {}
impl<A: Key, B: Key, C: Key, D: Key> PrefixOf<(A, B, C, D)> for A {}
impl<A: Key, B: Key, C: Key, D: Key> PrefixOf<(A, B, C, D)> for (A, B) {}
impl<A: Key, B: Key, C: Key, D: Key> PrefixOf<(A, B, C, D)> for (A, B, C) {}
