//! Splits that the lock cannot read a payload of.

use eventsourcing::schema::Check;
use eventsourcing::{Event, Json, Schema, Split, UpcastCx, UpcastError};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Schema)]
struct Withdrawal {
    cents: u64,
}
#[derive(Clone, Serialize, Deserialize, Schema)]
struct Fee {
    cents: u64,
}

#[derive(Clone, Event)]
#[es(split(name = "account.both", v1 = Both, into(Withdrawn)))]
enum AccountEvent {
    #[es(name = "account.withdrawn")]
    Withdrawn(Withdrawal),
    #[es(name = "account.fee-charged")]
    FeeCharged(Fee),
}

#[derive(Deserialize, Schema)]
struct Both {
    cents: u64,
    fee: u64,
}

impl Split<AccountEvent> for Both {
    type Output = [AccountEvent; 2];

    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        let (withdrawal, fee) = (Withdrawal { cents: self.cents }, Fee { cents: self.fee });
        Ok([withdrawal.into(), fee.into()])
    }
}

#[test]
fn whoever_gives_more_than_is_listed_is_told_which_variant_to_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let check = Check::new(folder.path().to_str().expect("UTF-8"), "events.lock")
        .set::<AccountEvent>()
        .format::<AccountEvent, _>(Json);
    let error = check.update().expect_err("`FeeCharged` is not listed");
    let text = error.to_string();
    assert!(text.contains("[G3] account.both v1 (json)"), "{text}");
    assert!(
        text.contains("it gave `FeeCharged` (`account.fee-charged`), which is not listed"),
        "{text}"
    );
    let fix = "fix: add `FeeCharged` to `into(..)` in `split(name = \"account.both\", ..)`";
    assert!(text.contains(fix), "{text}");
    assert!(
        !text.contains("golden json"),
        "a payload by hand is no way out: {text}"
    );
}
