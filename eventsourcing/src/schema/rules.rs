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
    ($($name:ident $id:literal $text:literal, $named:expr, $positional:expr, $help:literal;)*) => {
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

            /// What it means for stored events and for programs of before, and what to do.
            pub const fn help(self) -> &'static str {
                match self {
                    $(Self::$name => $help,)*
                }
            }

            /// The rule of this id, in either case.
            pub fn named(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|rule| rule.id().eq_ignore_ascii_case(id))
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
    FieldAdded "S1" "a required field was added", changed(No, Yes), NEVER,
        "Stored payloads lack the field and are refused. Give it `#[serde(default)]`, or a version in which the old type says what it was.";
    OptionalFieldAdded "S2" "an optional field was added", changed(Yes, Yes), NEVER,
        "Stored payloads are read with the default; programs of before ignore the field. A new version may read the old one as it is (`_`).";
    FieldRemoved "S3" "a field was removed", changed(Yes, No), NEVER,
        "Stored payloads are read without it; programs of before miss it. A new version may read the old one as it is (`_`).";
    FieldRemovedStrict "S4" "a field was removed, and unknown fields are refused", NEVER, NEVER,
        "Stored payloads hold it and are refused. Keep the field, or leave `deny_unknown_fields` out.";
    FieldRenamed "S5" "a field was renamed", NEVER, Alike,
        "Stored payloads hold the old name. Add `#[serde(alias = \"..\")]` with it, or keep it with `#[serde(rename = \"..\")]`.";
    FieldRenamedWithAlias "S6" "a field was renamed, and the old name is still read", changed(Yes, No), Alike,
        "Stored payloads are read by the alias; programs of before do not find the new name. It takes a version, which may be additive (`_`).";
    FieldsReordered "S7" "fields were reordered", Alike, NEVER,
        "Without field names, places decide: other fields are read. By name nothing changed.";
    Widened "S8" "an integer was widened", changed(Yes, Some), NEVER,
        "All stored numbers fit; programs of before refuse greater ones. Without field names numbers of another width are stored in another way.";
    Narrowed "S9" "an integer was narrowed or changed its sign", changed(Some, Yes), NEVER,
        "Stored numbers may not fit. Keep the old type in a version of its own and say in a `TryFrom` what becomes of those.";
    FloatChanged "S10" "a float changed its width", changed(Some, Some), NEVER,
        "Some formats refuse a float of another width, and digits may be lost. Keep the old type in a version of its own.";
    BecameOption "S11" "a value may be none now", changed(Yes, Some), NEVER,
        "Stored values are read; programs of before refuse none. It takes a version, which may be additive (`_`).";
    BecameRequired "S12" "a value may no longer be none", changed(Some, Yes), NEVER,
        "Payloads that hold none are refused. Keep the old type in a version of its own and say in a `From` what stands for none.";
    DefaultDropped "S13" "a field may no longer be absent", changed(Some, Yes), Alike,
        "Payloads that lack the field are refused. Keep `#[serde(default)]`.";
    DefaultAdded "S14" "a field may be absent when it is read", Tolerant, Alike,
        "More can be read than before, and the same is written.";
    FieldLeftOut "S15" "a field may be left out when it is written", changed(Yes, No), NEVER,
        "Stored payloads are read; programs of before miss the field where it is left out. First add `#[serde(default)]`, and leave the field out once all programs have it.";
    TypeChanged "S16" "the type changed", NEVER, NEVER,
        "Stored payloads hold something else. Keep the old type in a version of its own and write the conversion.";
    LengthChanged "S17" "the number of values changed", NEVER, NEVER,
        "Stored payloads hold more values, or fewer. Keep the old type in a version of its own.";
    OpaqueChanged "S18" "the name of an opaque value changed, which says that it is stored in another way", NEVER, NEVER,
        "You said by a new name that something else is stored. Keep the old type, with its name, in a version of its own.";
    FlattenedChanged "S19" "what is flattened changed", changed(Some, Some), NEVER,
        "Stored fields may be taken for others, be refused, or lose those beside them: what is flattened takes all that no field is named for. Keep the old type in a version of its own.";
    DenyAdded "S20" "unknown fields are refused now", changed(Some, Yes), Alike,
        "Payloads that hold more than the fields of today are refused. Leave it out, or keep the old type in a version of its own.";
    DenyDropped "S21" "unknown fields are ignored now", Tolerant, Alike,
        "More can be read than before, and the same is written.";
    NamedOnlyAdded "S22" "fields are flattened or left out now", Alike, NEVER,
        "Only formats with field names can store it from now on.";
    NamedOnlyDropped "S23" "fields are no longer flattened or left out", Alike, NEVER,
        "Formats without field names could not store it before.";
    FieldAddedStrict "S24" "a required field was added, and programs of before refuse unknown fields", NEVER, NEVER,
        "Stored payloads lack the field, and programs of before refuse it. Give it `#[serde(default)]` and a version, and update readers before writers.";
    OptionalFieldAddedStrict "S25" "an optional field was added, and programs of before refuse unknown fields", changed(Yes, No), NEVER,
        "Stored payloads are read; programs of before refuse the field. Update readers before writers, and leave `readable_by` at the new version.";
    ConstraintAdded "S26" "fewer values are read", changed(Some, Yes), changed(Some, Yes),
        "Stored values may be refused or lose something: a zero, what is there twice, an order, an end that counts, what a conversion refuses. Keep the old type in a version of its own, or say with `#[es(schema = ..)]` that every stored value is read.";
    ConstraintDropped "S27" "values may be written that programs of before refuse or take for others", changed(Yes, Some), changed(Yes, Some),
        "Stored values are read; programs of before refuse some of those that may be written now. It takes a version, which may be additive (`_`).";
    FieldsMerged "S28" "a removed field's name is read into another field", NEVER, NEVER,
        "Stored payloads hold both names, and serde refuses a field that comes twice. Remove the alias, or keep the old type in a version of its own and merge them in a `From`.";
    LeftOutChanged "S29" "a field that may be absent is left out now, or no longer", Tolerant, Alike,
        "Who reads it fills in what is absent, before and now.";
    VariantAdded "E1" "a variant was added at the end", changed(Yes, Some), changed(Yes, Some),
        "Stored payloads are read; programs of before do not know the variant. It takes a version, which may be additive (`_`).";
    VariantInserted "E2" "a variant was added before others", changed(Yes, Some), NEVER,
        "By name as E1. Without names variants are numbered by their places: put new ones at the end.";
    VariantRemoved "E3" "a variant was removed", changed(Some, Yes), NEVER,
        "Payloads that hold it are refused, or read as another. Keep it, or keep the old type in a version of its own.";
    VariantRenamed "E4" "a variant was renamed", changed(Some, Some), Alike,
        "Stored payloads hold the old name. Add `#[serde(alias = \"..\")]` with it, or keep it with `#[serde(rename = \"..\")]`.";
    VariantRenamedWithAlias "E5" "a variant was renamed, and the old name is still read", changed(Yes, Some), Alike,
        "Stored payloads are read by the alias; programs of before do not know the new name. It takes a version, which may be additive (`_`).";
    VariantsReordered "E6" "variants were reordered", Alike, NEVER,
        "Without names variants are numbered by their places: others are read. By name nothing changed.";
    UntaggedReordered "E7" "untagged variants were reordered, and the first that fits is read", changed(Some, Some), NEVER,
        "Payloads that fit several variants are read as another one. Keep the order.";
    ReprChanged "E8" "the variant's name is stored elsewhere", NEVER, NEVER,
        "Stored payloads hold the name elsewhere. Keep the old type in a version of its own.";
    ContentChanged "E9" "a variant got content or lost it", NEVER, NEVER,
        "Stored payloads hold content that is not read, or lack what is. Keep the old type in a version of its own.";
    OtherDropped "E10" "unknown variants are no longer read", changed(Some, Yes), changed(Some, Yes),
        "Payloads with names that no variant has are refused. Keep `#[serde(other)]`.";
    OtherAdded "E11" "unknown variants are read now", Tolerant, Tolerant,
        "More can be read than before, and the same is written.";
    UntaggedShadows "E12" "untagged variants after it may lose their stored payloads to it, as the first that fits is read", changed(Some, Some), NEVER,
        "A payload that was stored as an untagged variant fits this one now, and is read as it. Put untagged variants behind those that are stored and names where no untagged value looks like them, or keep the old type in a version of its own.";
    NameVanished "N1" "a released event is no longer read", NEVER, NEVER,
        "Stores hold events of it. Keep the variant, or say what became of it: `was`, `split`, `retired`, `refused`.";
    FormerNameDropped "N2" "a former name is no longer read", NEVER, NEVER,
        "Stores hold events of that name. Keep it in `was`.";
    NameReused "N3" "a name that was given up is used again", NEVER, NEVER,
        "Stores hold older events of the name, which mean something else. Choose another name.";
    NameMoved "N4" "a former name leads to another event", NEVER, NEVER,
        "Stored events would be read as another. Move `was` back.";
    VersionVanished "N5" "a released version is no longer read", NEVER, NEVER,
        "Stores hold events of that version. List it in `from(..)`, or retire it.";
    VersionWithdrawn "N6" "a released version is declared as never stored", NEVER, NEVER,
        "Stores hold events of that version. Give it its type instead of `!`.";
    NumberChanged "N7" "the number of an event changed", NEVER, NEVER,
        "The number stands for the name where it is stored. Keep it.";
    NumberReused "N8" "a number is used again", NEVER, NEVER,
        "The number stands for another name, also after that is gone. Choose another.";
    ReservationDropped "N9" "a retired or refused version is no longer declared", NEVER, NEVER,
        "Stores hold events of it, and its number must not be used again. Keep `retired(..)` or `refused(..)`.";
    SetsDisagree "N10" "two sets store one name and version differently", NEVER, NEVER,
        "Two programs would not read each other's events. Use one payload type in both sets.";
    SplitDropped "N11" "an event that was split is no longer declared", NEVER, NEVER,
        "Stores hold events of it. Keep `split(..)`.";
    SplitMoved "N12" "an event is split into others", changed(Some, Some), changed(Some, Some),
        "Stored events would be read as others. Undo the change.";
    CurrentChanged "V1" "a released version is written differently", NEVER, NEVER,
        "Payloads of one version are all alike, so what is written differently takes the next version. The rules below it say whether that may be additive (`_`).";
    HistoryChanged "V2" "a released version is read with another shape", NEVER, NEVER,
        "The type of an old version is how that was written. Undo the edit, also in types it shares with newer ones.";
    NotAdditive "V3" "a version is declared as additive (`_`), and is not", NEVER, NEVER,
        "Not all payloads of the version are read by the next one's type. Keep its own type and write `vN = ..` in `from(..)`.";
    FloorTooLow "V5" "older programs are promised (`readable_by`) what they cannot read", NEVER, NEVER,
        "Programs that know that version refuse or misread what is written now. Raise `readable_by`, or leave it out.";
    NotPositional "V4" "a format without field names cannot store it", Alike, NEVER,
        "The format stores no field names, and the payload needs them. Use plain fields and externally tagged enums, or another format.";
    NotReadable "V6" "what is written cannot be read again", NEVER, NEVER,
        "A field is left out when it is written, and must be there when it is read. Add `#[serde(default)]`.";
    GoldenReadDifferently "G1" "a golden payload is read as something else", NEVER, NEVER,
        "A default, an upcast or a split gives something else for events that are stored. Undo it, or accept it with `corrected \"why\"` in place of the `reads` lines.";
    GoldenUnreadable "G2" "a golden payload cannot be read", NEVER, NEVER,
        "Stores may hold such payloads. Make today's code read them.";
    GoldenMissing "G3" "there is no golden payload", NEVER, NEVER,
        "None could be made from the shape that today's code reads. Add one as it was stored, in a `golden` line.";
    FormatDropped "G4" "a golden payload is in a format that is no longer listed", NEVER, NEVER,
        "Stores may hold events in it. List the format in `events_lock!`, or delete the payload if none does.";
    ReleasedEdited "L1" "a released line of the lock file was changed", NEVER, NEVER,
        "Released lines stay as they are, since stores hold what they say. Bring the line back and give the new shape the next version.";
    ReleasedDropped "L2" "a released line of the lock file was removed", NEVER, NEVER,
        "Released lines stay as they are, since stores hold what they say. Bring the line back, or declare in the code what became of it.";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
