//! An edit of a payload type, from stored bytes to the lock's verdict.
//!
//! A payload is written by the type of before and read by the type of after, in each format. The type of before is
//! released in a lock file, and the file is checked with the type of after: as an edit of the same version, and as a
//! version that reads the old one as it is (`v1 = _`).

use std::fs;

use eventsourcing::schema::{Check, Lock, LockError, Rule};
use eventsourcing::{Cbor, Event, Format, Json, MsgPack, Postcard, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A payload as users write them.
pub(super) trait Payload: Schema + Serialize + DeserializeOwned {}
impl<T: Schema + Serialize + DeserializeOwned> Payload for T {}

/// Where the type is edited in place.
#[derive(Event)]
#[es(dispatch = none)]
enum InPlace<T> {
    #[es(name = "a.happened")]
    Happened(T),
}

/// Where the edited type is a version that says it reads the older one.
#[derive(Event)]
#[es(dispatch = none)]
enum Additive<T> {
    #[es(name = "a.happened", version = 2, from(v1 = _))]
    Happened(T),
}

/// What becomes of a stored payload and of its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Stored payloads are refused or misread: neither an edit in place nor an additive version passes.
    Breaks,
    /// Stored payloads are read, but something else is written: it takes a version, which may be additive.
    Grows,
    /// Stored payloads are misread in formats without field names, and only there.
    BreaksByPlace,
    /// Nothing is told.
    Passes,
}

/// Asserts that `stored`, in JSON, is read as `reads` says (in JSON, or `refused`), and that the lock gives the verdict
/// and names the rule.
#[track_caller]
pub(super) fn edit<Before: Payload, After: Payload>(
    verdict: Verdict,
    rule: Option<Rule>,
    stored: &str,
    reads: &str,
) {
    let before: Before = serde_json::from_str(stored).expect("a payload of before");
    if verdict == Verdict::BreaksByPlace {
        assert_eq!(
            read_as::<_, After, _>(&Postcard, &before),
            reads,
            "by place"
        );
        let file = Released::new::<Before, _>(Postcard);
        let rules = file.told::<InPlace<After>, _>(Postcard);
        assert_told(&rules, Rule::CurrentChanged, rule);
        return;
    }
    assert_eq!(read_as::<_, After, _>(&Json, &before), reads, "JSON");
    assert_eq!(read_as::<_, After, _>(&Cbor, &before), reads, "CBOR");
    let msgpack = read_as::<_, After, _>(&MsgPack, &before);
    assert_eq!(msgpack, reads, "MessagePack");
    let file = Released::new::<Before, _>(Json);
    let in_place = file.told::<InPlace<After>, _>(Json);
    let additive = file.told::<Additive<After>, _>(Json);
    match verdict {
        Verdict::Breaks => {
            assert_told(&in_place, Rule::CurrentChanged, rule);
            assert_told(&additive, Rule::NotAdditive, rule);
        }
        Verdict::Grows => {
            assert_told(&in_place, Rule::CurrentChanged, rule);
            assert_eq!(additive, [], "an additive version passes");
        }
        Verdict::Passes | Verdict::BreaksByPlace => {
            assert_eq!(in_place, [], "an edit in place passes");
            assert_eq!(additive, [], "an additive version passes");
        }
    }
}

#[track_caller]
fn assert_told(told: &[Rule], of_version: Rule, rule: Option<Rule>) {
    let rules = [of_version].into_iter().chain(rule);
    for rule in rules {
        assert!(told.contains(&rule), "[{rule}] is missing in {told:?}");
    }
}

/// What `After` makes of a payload: in JSON, or `refused`.
fn read_as<Before: Serialize, After: Payload, F: Format>(format: &F, before: &Before) -> String {
    let mut bytes = Vec::new();
    format.encode(before, &mut bytes).expect("it is written");
    match format.decode::<After>(F::ID, &bytes) {
        Ok(after) => serde_json::to_value(after).expect("JSON").to_string(),
        Err(_) => "refused".into(),
    }
}

/// A lock file in which the type of before is released.
struct Released(tempfile::TempDir);

impl Released {
    fn new<T: Payload, F: Format + Clone>(format: F) -> Self {
        let file = Self(tempfile::tempdir().expect("a folder"));
        let check = file.check::<InPlace<T>, F>(format);
        check.update().expect("written");
        let path = file.0.path().join("events.lock");
        let mut lock: Lock = fs::read_to_string(&path)
            .expect("a file")
            .parse()
            .expect("a lock file");
        lock.release();
        fs::write(path, lock.to_string()).expect("a writable file");
        check.check().expect("what did not change passes");
        file
    }

    fn check<E: Event + eventsourcing::__private::LockedSet<()>, F: Format + Clone>(
        &self,
        format: F,
    ) -> Check {
        let folder = self.0.path().to_str().expect("a path in UTF-8");
        Check::new(folder, "events.lock")
            .set::<E>()
            .format::<E, F>(format)
    }

    /// The rules that are told; what is only new in the file breaks none.
    fn told<E: Event + eventsourcing::__private::LockedSet<()>, F: Format + Clone>(
        &self,
        format: F,
    ) -> Vec<Rule> {
        match self.check::<E, F>(format).check() {
            Ok(()) | Err(LockError::OutOfDate { .. }) => Vec::new(),
            Err(LockError::Broken { report, .. }) => {
                assert!(
                    report
                        .findings
                        .iter()
                        .all(|finding| !finding.fix.is_empty()),
                    "{report}"
                );
                report.rules()
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// The golden payload that the lock makes for a type, and what it notes of it; both in JSON.
pub(super) fn golden<T: Payload>() -> [String; 2] {
    let file = Released::new::<T, _>(Json);
    let text = fs::read_to_string(file.0.path().join("events.lock")).expect("a file");
    let lock: Lock = text.parse().expect("a lock file");
    let golden = &lock.entries["a.happened"].versions[&1].golden[0];
    let reads = golden.reads.as_ref().expect("they were read");
    [golden.payload.clone(), reads[0].payload.clone()]
}

/// JSON without blanks and with sorted keys, as [`edit`] compares it.
pub(super) fn plain(json: &str) -> String {
    if json == "refused" {
        return json.into();
    }
    json.parse::<Value>().expect("JSON").to_string()
}

/// Tests of edits: a name, what is told (a verdict and a rule), the type of before and of after, a payload that the
/// former wrote and what the latter reads.
macro_rules! edits {
    ($($name:ident: $verdict:ident $($rule:ident)?, { $($before:tt)* } => { $($after:tt)* }, $stored:literal => $reads:literal;)*) => {
        $(#[test]
        fn $name() {
            mod before {
                use super::*;
                #[derive(Serialize, Deserialize, Schema)]
                $($before)*
            }
            mod after {
                use super::*;
                #[derive(Serialize, Deserialize, Schema)]
                $($after)*
            }
            let rule = None::<Rule> $(.or(Some(Rule::$rule)))?;
            edit::<before::T, after::T>(Verdict::$verdict, rule, $stored, &plain($reads));
        })*
    };
}

pub(super) use edits;
