//! Every rule for names, versions and numbers, by an edit of one event set that breaks it.
// Items of modules inside a test are as public as a user's would be.
#![allow(unreachable_pub)]

use eventsourcing::schema::{Check, Lock, LockError, Rule};
use eventsourcing::{
    Event, Format, FormatError, FormatId, Json, Schema, Split, UpcastCx, UpcastError,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Schema)]
pub struct Opened {
    pub owner: String,
}
#[derive(Clone, Serialize, Deserialize, Schema)]
pub struct Reopened {
    pub owner: u64,
}
#[derive(Clone, Serialize, Deserialize, Schema)]
pub struct Noted {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
#[derive(Clone, Serialize, Deserialize, Schema)]
pub struct Closed {}
#[derive(Clone, Serialize, Deserialize, Schema)]
pub struct Left {}
#[derive(Deserialize, Schema)]
pub struct Old {
    pub name: String,
}
#[derive(Deserialize, Schema)]
pub struct Older {
    pub name: u64,
}
#[derive(Deserialize, Schema)]
pub struct Both {
    pub both: String,
}
impl From<Old> for Opened {
    fn from(old: Old) -> Self {
        Self { owner: old.name }
    }
}
impl From<Older> for Opened {
    fn from(old: Older) -> Self {
        Self {
            owner: old.name.to_string(),
        }
    }
}
#[derive(Clone, Serialize, Deserialize, Schema)]
pub struct Held {
    #[serde(alias = "owner")]
    pub holder: String,
}
impl From<Old> for Held {
    fn from(old: Old) -> Self {
        Self { holder: old.name }
    }
}
impl From<Old> for Reopened {
    fn from(_: Old) -> Self {
        Self { owner: 0 }
    }
}

macro_rules! sets {
    ($($name:ident: [$($past:tt)*] { $($variants:tt)* })*) => {
        $(mod $name {
            use super::*;

            #[derive(Clone, Event)]
            #[es($($past)*)]
            pub enum Set {
                $($variants)*
            }
            impl Split<Set> for Both {
                type Output = Option<Set>;
                fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
                    drop(self.both);
                    Ok(None)
                }
            }
        })*
    };
}

sets! {
    released: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    vanished: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.left")] Closed(Closed),
    }
    former_dropped: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    former_moved: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), id = 1)] Opened(Opened),
        #[es(name = "a.closed", was = "a.begun", id = 2)] Closed(Closed),
    }
    reused: [split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
        #[es(name = "a.gone")] Left(Left),
    }
    version_dropped: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    version_withdrawn: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = !), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    number_changed: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 3)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    number_reused: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), retired(name = "a.closed", versions = 1..=1, reason = "no end"), split(name = "a.both", v1 = Both, into(Opened))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.left", id = 2)] Left(Left),
    }
    reservation_dropped: [retired(name = "a.gone", versions = 1..=1, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    split_dropped: [retired(name = "a.gone", versions = 1..=2, reason = "no use")] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    split_moved: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    current_changed: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Reopened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    history_changed: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Older), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    not_additive: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = _), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    floor_too_low: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed))] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), readable_by = 1, was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    floor_behind_a_renaming: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Held, Closed))] {
        #[es(name = "a.started", version = 3, from(v1 = Old, v2 = _), readable_by = 2, was("a.begun", "a.opened"), id = 1)] Held(Held),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
    }
    left_out_and_required: [retired(name = "a.gone", versions = 1..=2, reason = "no use"), split(name = "a.both", v1 = Both, into(Opened, Closed)), dispatch = none] {
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
        #[es(name = "a.closed", id = 2)] Closed(Closed),
        #[es(name = "a.listed")] Listed { #[serde(skip_serializing_if = "Vec::is_empty")] tags: Vec<u8> },
    }
    // Nothing of this breaks anything.
    grown: [retired(name = "a.gone", versions = 1..=2, reason = "still no use"), retired(name = "a.closed", versions = 1..=1, reason = "no end"), split(name = "a.both", v1 = Both, into(Opened, Left))] {
        #[es(name = "a.left")] Left(Left),
        #[es(name = "a.started", version = 2, from(v1 = Old), was("a.begun", "a.opened"), id = 1)] Opened(Opened),
    }
    reordered: [split(name = "a.both", v1 = Both, into(Opened, Closed)), retired(name = "a.gone", versions = 1..=2, reason = "no use")] {
        #[es(name = "a.closed", id = 2)] Closed(Closed),
        #[es(name = "a.opened", version = 2, from(v1 = Old), was = "a.begun", id = 1)] Opened(Opened),
    }
    notes: [dispatch = none] {
        #[es(name = "a.noted")] Noted(Noted),
    }
    other: [dispatch = none] {
        #[es(name = "a.closed", id = 2)] Closed(Opened),
    }
}

/// JSON that says it stores no names, as formats that are none of ours may.
#[derive(Clone, Copy)]
struct ByPlace;

impl Format for ByPlace {
    const ID: FormatId = FormatId::new(200);
    const NAMED: bool = false;

    fn encode<T: Serialize + ?Sized>(
        &self,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), FormatError> {
        Json.encode(value, out)
    }

    fn decode<'de, T: Deserialize<'de>>(
        &self,
        _: FormatId,
        bytes: &'de [u8],
    ) -> Result<T, FormatError> {
        Json.decode(FormatId::JSON, bytes)
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    /// With the released events.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        let check = folder
            .check()
            .set::<released::Set>()
            .format::<released::Set, _>(Json);
        check.update().expect("written");
        let path = folder.0.path().join("events.lock");
        let text = std::fs::read_to_string(&path).expect("a file");
        let mut lock: Lock = text.parse().expect("a lock file");
        lock.release();
        std::fs::write(path, lock.to_string()).expect("a writable file");
        folder
    }

    fn check(&self) -> Check {
        Check::new(
            self.0.path().to_str().expect("a path in UTF-8"),
            "events.lock",
        )
    }
}

/// The rules that a check names, and all it says.
#[track_caller]
fn broken(check: &Check) -> (Vec<Rule>, String) {
    match check.check() {
        Err(LockError::Broken { report, .. }) => (
            report.findings.iter().map(|finding| finding.rule).collect(),
            report.to_string(),
        ),
        other => panic!("expected broken rules, got {other:?}"),
    }
}

macro_rules! rules {
    ($($set:ident: $rule:ident, $says:literal;)*) => {
        $(#[test]
        fn $set() {
            let folder = Folder::new();
            let check = folder.check().set::<self::$set::Set>().format::<self::$set::Set, _>(Json);
            let (rules, text) = broken(&check);
            assert!(rules.contains(&Rule::$rule), "{rules:?}\n{text}");
            assert!(text.contains($says), "{text}");
            assert!(text.contains("fix:"), "{text}");
            assert!(check.update().is_err(), "an update does not help");
        })*
    };
}

rules! {
    vanished: NameVanished, "`was = \"a.closed\"` on the variant that carries on";
    former_dropped: FormerNameDropped, "keep `was = \"a.begun\"`";
    former_moved: NameMoved, "a.begun leads to a.closed, was a.opened";
    reused: NameReused, "[N3] a.gone: a name that was given up is used again";
    version_dropped: VersionVanished, "[N5] a.opened v2";
    version_withdrawn: VersionWithdrawn, "give v1 its type again instead of `!`";
    number_changed: NumberChanged, "`id = 1`, as it was";
    number_reused: NumberReused, "2 belongs to `a.closed`";
    reservation_dropped: ReservationDropped, "keep v2 in `retired(name = \"a.gone\", ..)`";
    split_dropped: SplitDropped, "keep `split(name = \"a.both\", ..)`";
    split_moved: SplitMoved, "into a.opened a.closed -> a.closed";
    current_changed: CurrentChanged, "set `version = 3, from(v1 = .., v2 = v2::Opened)`";
    history_changed: HistoryChanged, "undo the edit: `v1::Opened` is how v1 was written";
    not_additive: NotAdditive, "`v1 = v1::Opened`";
    floor_too_low: FloorTooLow, "programs that know v1 are promised to read it";
    floor_behind_a_renaming: FloorTooLow, "programs that know v2 are promised to read it";
    left_out_and_required: NotReadable, "add `#[serde(default)]` to `tags`";
}

mod hidden {
    //! Fields of an inline variant that functions read and write.
    use super::*;

    macro_rules! functions {
        ($($name:ident $by:literal)*) => {
            $(pub mod $name {
                use serde::{Deserialize, Deserializer, Serializer};

                pub fn serialize<S: Serializer>(value: &u8, to: S) -> Result<S::Ok, S::Error> {
                    to.serialize_u8(value / $by)
                }
                pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
                    Ok(u8::deserialize(from)? * $by)
                }
            })*
        };
    }
    functions! { ones 1 tens 10 }

    macro_rules! sets {
        ($($name:ident $with:literal)*) => {
            $(#[derive(Clone, Event)]
            #[es(dispatch = none)]
            pub enum $name {
                #[es(name = "a.paid")]
                Paid {
                    #[serde(with = $with)]
                    amount: u8,
                },
            })*
        };
    }
    sets! { Ones "ones" Tens "tens" }
}

#[test]
fn functions_that_store_a_field_of_an_inline_variant_are_told_from_others() {
    use hidden::{Ones, Tens};
    let folder = tempfile::tempdir().expect("a folder");
    let new = || Check::new(folder.path().to_str().expect("UTF-8"), "events.lock");
    let ones = new().set::<Ones>().format::<Ones, _>(Json);
    let error = ones
        .update()
        .expect_err("no payload can be made")
        .to_string();
    assert!(error.contains("[G3] a.paid v1 (json)"), "{error}");
    let path = folder.path().join("events.lock");
    let text = std::fs::read_to_string(&path).expect("a file");
    assert!(
        text.contains("amount: opaque \"u8 (with=\\\"ones\\\")\""),
        "{text}"
    );
    std::fs::write(
        &path,
        text.replace("draft", "released")
            .replace("event a.paid released", "event a.paid"),
    )
    .expect("a writable file");
    let (rules, _) = broken(&ones);
    assert_eq!(rules, [Rule::GoldenMissing]);
    let (rules, text) = broken(&new().set::<Tens>().format::<Tens, _>(Json));
    assert_eq!(rules, [Rule::CurrentChanged], "{text}");
    assert!(text.contains("[S18]"), "{text}");
}

#[test]
fn what_formats_without_names_cannot_store_is_told() {
    let folder = Folder::new();
    let check = folder
        .check()
        .set::<released::Set>()
        .format::<released::Set, _>(ByPlace)
        .set::<notes::Set>()
        .format::<notes::Set, _>(ByPlace);
    let (rules, text) = broken(&check);
    assert_eq!(rules, [Rule::NotPositional], "{text}");
    assert!(text.contains("[V4] a.noted v1"), "{text}");
}

#[test]
fn sets_that_store_one_name_differently_are_told() {
    let folder = Folder::new();
    let check = folder
        .check()
        .set::<released::Set>()
        .format::<released::Set, _>(Json)
        .set::<other::Set>();
    let (rules, text) = broken(&check);
    assert_eq!(rules, [Rule::SetsDisagree], "{text}");
    assert!(text.contains("[N10] a.closed v1"), "{text}");
}

#[test]
fn a_format_that_was_released_stays_listed() {
    let folder = Folder::new();
    let check = folder.check().set::<released::Set>();
    let check = check.format::<released::Set, _>(ByPlace);
    let (rules, text) = broken(&check);
    assert!(
        !rules.is_empty() && rules.iter().all(|rule| *rule == Rule::FormatDropped),
        "{text}"
    );
    assert!(text.contains("[G4] a.opened v2 (json)"), "{text}");
    assert!(
        text.contains("list the format `json` in `events_lock!` again"),
        "{text}"
    );
    // With the format it is a new one beside it, which only the file lacks.
    let check = check.format::<released::Set, _>(Json);
    assert!(matches!(check.check(), Err(LockError::OutOfDate { .. })));
}

mod apart {
    //! A name in two sets: one writes it, the other has not got as far and only reads.
    use super::*;

    #[derive(Clone, Event)]
    #[es(dispatch = none)]
    pub enum Reader {
        #[es(name = "a.opened")]
        Opened(Left),
    }
    #[derive(Clone, Event)]
    #[es(dispatch = none)]
    pub enum Writer {
        #[es(name = "a.opened", version = 2, from(v1 = Left))]
        Opened(Opened),
    }
    #[derive(Clone, Event)]
    #[es(dispatch = none)]
    pub enum Numbered {
        #[es(name = "a.closed", id = 3)]
        Closed(Closed),
    }
    impl From<Left> for Opened {
        fn from(_: Left) -> Self {
            let owner = "nobody".into();
            Self { owner }
        }
    }
}

#[test]
fn sets_that_are_not_equally_far_share_one_history() {
    use apart::{Reader, Writer};
    let folder = tempfile::tempdir().expect("a folder");
    let new = || Check::new(folder.path().to_str().expect("UTF-8"), "events.lock");
    let reader_first = || {
        let check = new().set::<Reader>().format::<Reader, _>(Json);
        check.set::<Writer>().format::<Writer, _>(Json)
    };
    let writer_first = || {
        let check = new().set::<Writer>().format::<Writer, _>(Json);
        check.set::<Reader>().format::<Reader, _>(Json)
    };
    reader_first().update().expect("written");
    let path = folder.path().join("events.lock");
    let mut lock: Lock = std::fs::read_to_string(&path)
        .expect("a file")
        .parse()
        .expect("a lock file");
    lock.release();
    let released = lock.to_string();
    assert!(released.contains("  v2 released"), "{released}");
    assert_eq!(
        released.matches("reads a.opened v2").count(),
        2,
        "{released}"
    );
    std::fs::write(&path, &released).expect("a writable file");
    for check in [reader_first(), writer_first()] {
        check.check().expect("nothing changed");
        check.update().expect("nothing to do");
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), released);
    }
}

#[test]
fn sets_that_number_one_event_differently_are_told() {
    let folder = Folder::new();
    let check = folder
        .check()
        .set::<released::Set>()
        .format::<released::Set, _>(Json)
        .set::<apart::Numbered>();
    let (rules, text) = broken(&check);
    assert_eq!(rules, [Rule::SetsDisagree], "{text}");
    assert!(
        text.contains("`id = 2` in one set, `id = 3` in another"),
        "{text}"
    );
}

mod last {
    use super::*;

    #[derive(Clone, Event)]
    #[es(
        dispatch = none,
        retired(name = "a.gone", versions = 65535..=65535, reason = "no use"),
        retired(name = "a.gone", versions = 1..=1, reason = "no use")
    )]
    pub enum Set {
        #[es(name = "a.closed")]
        Closed(Closed),
    }
}

#[test]
fn the_greatest_version_may_be_retired_before_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = Check::new(folder.path().to_str().expect("UTF-8"), "events.lock");
    let check = check.set::<last::Set>().format::<last::Set, _>(Json);
    check.update().expect("written");
    check.check().expect("up to date");
}

#[test]
fn what_is_declared_passes() {
    let folder = Folder::new();
    let check = folder
        .check()
        .set::<reordered::Set>()
        .format::<reordered::Set, _>(Json);
    check.check().expect("the order of variants is not stored");
    // A former name, a retirement, a new event; only what the split gives is another matter.
    let check = folder
        .check()
        .set::<grown::Set>()
        .format::<grown::Set, _>(Json);
    let (rules, text) = broken(&check);
    assert_eq!(rules, [Rule::SplitMoved], "{text}");
}
