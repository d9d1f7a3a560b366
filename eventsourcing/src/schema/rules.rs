//! The rules by which changes are judged: one table.

use std::fmt;

use super::fingerprint::WireClass;

/// What a change of a shape does to formats of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Both shapes are stored alike.
    Alike,
    /// What is written stays the same; more of it can be read than before.
    Tolerant,
    /// Something else is written.
    Changed {
        /// Whether today's code reads what was stored.
        back: Reads,
        /// Whether code of then reads what is stored today.
        forward: Reads,
    },
}

/// Whether stored payloads can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// All of them.
    Yes,
    /// Some; it depends on their values.
    Some,
    /// None, or wrongly.
    No,
}

use Effect::{Alike, Changed, Tolerant};
use Reads::{No, Some, Yes};

const NEVER: Effect = Changed {
    back: No,
    forward: No,
};

const fn changed(back: Reads, forward: Reads) -> Effect {
    Changed { back, forward }
}

macro_rules! rules {
    ($($name:ident $id:literal $text:literal, $named:expr, $positional:expr;)*) => {
        /// A way in which a shape, a name or a version can change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!($id, ": ", $text, ".")] $name,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its short name, as in `[S1]`.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }

            /// What happened, in a few words.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// What it does to formats of this class.
            pub const fn effect(self, class: WireClass) -> Effect {
                match (self, class) {
                    $((Self::$name, WireClass::Named) => $named,
                      (Self::$name, WireClass::Positional) => $positional,)*
                }
            }
        }
    };
}

// Fields, values, variants; then names, versions, payloads.
rules! {
    FieldAdded "S1" "a required field was added", changed(No, Yes), NEVER;
    OptionalFieldAdded "S2" "an optional field was added", changed(Yes, Yes), NEVER;
    FieldRemoved "S3" "a field was removed", changed(Yes, No), NEVER;
    FieldRemovedStrict "S4" "a field was removed, and unknown fields are refused", NEVER, NEVER;
    FieldRenamed "S5" "a field was renamed", NEVER, Alike;
    FieldRenamedWithAlias "S6" "a field was renamed, and the old name is still read", changed(Yes, No), Alike;
    FieldsReordered "S7" "fields were reordered", Alike, NEVER;
    Widened "S8" "an integer was widened", changed(Yes, Some), NEVER;
    Narrowed "S9" "an integer was narrowed or changed its sign", changed(Some, Yes), NEVER;
    FloatChanged "S10" "a float changed its width", changed(Some, Some), NEVER;
    BecameOption "S11" "a value may be none now", changed(Yes, Some), NEVER;
    BecameRequired "S12" "a value may no longer be none", changed(Some, Yes), NEVER;
    DefaultDropped "S13" "a field may no longer be absent", changed(Some, Yes), Alike;
    DefaultAdded "S14" "a field may be absent when it is read", Tolerant, Alike;
    FieldLeftOut "S15" "a field may be left out when it is written", changed(Yes, No), NEVER;
    TypeChanged "S16" "the type changed", NEVER, NEVER;
    LengthChanged "S17" "the number of values changed", NEVER, NEVER;
    OpaqueChanged "S18" "the name of an opaque value changed, which says that it is stored in another way", NEVER, NEVER;
    FlattenedChanged "S19" "what is flattened changed", changed(Some, Some), NEVER;
    DenyAdded "S20" "unknown fields are refused now", changed(Some, Yes), Alike;
    DenyDropped "S21" "unknown fields are ignored now", Tolerant, Alike;
    NamedOnlyAdded "S22" "fields are flattened or left out now", Alike, NEVER;
    NamedOnlyDropped "S23" "fields are no longer flattened or left out", Alike, NEVER;
    FieldAddedStrict "S24" "a required field was added, and programs of before refuse unknown fields", NEVER, NEVER;
    OptionalFieldAddedStrict "S25" "an optional field was added, and programs of before refuse unknown fields", changed(Yes, No), NEVER;
    ConstraintAdded "S26" "fewer values are read", changed(Some, Yes), changed(Some, Yes);
    ConstraintDropped "S27" "values may be written that programs of before refuse or take for others", changed(Yes, Some), changed(Yes, Some);
    FieldsMerged "S28" "a removed field's name is read into another field", NEVER, NEVER;
    LeftOutChanged "S29" "a field that may be absent is left out now, or no longer", Tolerant, Alike;
    VariantAdded "E1" "a variant was added at the end", changed(Yes, Some), changed(Yes, Some);
    VariantInserted "E2" "a variant was added before others", changed(Yes, Some), NEVER;
    VariantRemoved "E3" "a variant was removed", changed(Some, Yes), NEVER;
    VariantRenamed "E4" "a variant was renamed", changed(Some, Some), Alike;
    VariantRenamedWithAlias "E5" "a variant was renamed, and the old name is still read", changed(Yes, Some), Alike;
    VariantsReordered "E6" "variants were reordered", Alike, NEVER;
    UntaggedReordered "E7" "untagged variants were reordered, and the first that fits is read", changed(Some, Some), NEVER;
    ReprChanged "E8" "the variant's name is stored elsewhere", NEVER, NEVER;
    ContentChanged "E9" "a variant got content or lost it", NEVER, NEVER;
    OtherDropped "E10" "unknown variants are no longer read", changed(Some, Yes), changed(Some, Yes);
    OtherAdded "E11" "unknown variants are read now", Tolerant, Tolerant;
    UntaggedShadows "E12" "untagged variants after it may lose their stored payloads to it, as the first that fits is read", changed(Some, Some), NEVER;
    NameVanished "N1" "a released event is no longer read", NEVER, NEVER;
    FormerNameDropped "N2" "a former name is no longer read", NEVER, NEVER;
    NameReused "N3" "a name that was given up is used again", NEVER, NEVER;
    NameMoved "N4" "a former name leads to another event", NEVER, NEVER;
    VersionVanished "N5" "a released version is no longer read", NEVER, NEVER;
    VersionWithdrawn "N6" "a released version is declared as never stored", NEVER, NEVER;
    NumberChanged "N7" "the number of an event changed", NEVER, NEVER;
    NumberReused "N8" "a number is used again", NEVER, NEVER;
    ReservationDropped "N9" "a retired or refused version is no longer declared", NEVER, NEVER;
    SetsDisagree "N10" "two sets store one name and version differently", NEVER, NEVER;
    SplitDropped "N11" "an event that was split is no longer declared", NEVER, NEVER;
    SplitMoved "N12" "an event is split into others", changed(Some, Some), changed(Some, Some);
    CurrentChanged "V1" "a released version is written differently", NEVER, NEVER;
    HistoryChanged "V2" "a released version is read with another shape", NEVER, NEVER;
    NotAdditive "V3" "a version is declared as additive (`_`), and is not", NEVER, NEVER;
    FloorTooLow "V5" "older programs are promised (`readable_by`) what they cannot read", NEVER, NEVER;
    NotPositional "V4" "a format without field names cannot store it", Alike, NEVER;
    NotReadable "V6" "what is written cannot be read again", NEVER, NEVER;
    GoldenReadDifferently "G1" "a golden payload is read as something else", NEVER, NEVER;
    GoldenUnreadable "G2" "a golden payload cannot be read", NEVER, NEVER;
    GoldenMissing "G3" "there is no golden payload", NEVER, NEVER;
    FormatDropped "G4" "a golden payload is in a format that is no longer listed", NEVER, NEVER;
    ReleasedEdited "L1" "a released line of the lock file was changed", NEVER, NEVER;
    ReleasedDropped "L2" "a released line of the lock file was removed", NEVER, NEVER;
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
