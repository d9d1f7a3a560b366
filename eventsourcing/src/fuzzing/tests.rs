//! The bodies, run on seeds, on valid examples, and on mutations of them.

use eventsourcing_tests::fuzz::rounds;

use super::{METADATA, TEXTS};

#[test]
fn texts() {
    let long = format!("account-{}", "x".repeat(192));
    let texts = [
        "account-42",
        "a.b_c-\u{e4}-*>. ",
        "account--",
        &long,
        "username:ada",
        "2026-03-01T09:30:00.25Z",
        "-009999-01-02T01:59:58.999999Z",
        "-009998-01-01T00:00:00.000001Z",
        "-377673580800000000us",
        "-377673580800000001us",
        "9999-12-30T22:00:00.999999999Z",
        "2026-03-01T09:30:00+23:59[Europe/Prague]",
        "400000000000000000us",
        "-9223372036854775808us",
        "0193a1b2-0000-7000-8000-000000000000",
        "{0193A1B200007000800000000000000f}",
        "urn:uuid:0193a1b2-0000-7000-8000-000000000000",
        "340282366920938463463374607431768211455",
        "-170141183460469231731687303715884105728",
        "+007",
    ];
    let examples = texts.map(|text| text.as_bytes().to_vec()).into();
    rounds(TEXTS, examples, 30_000);
}

#[test]
fn metadata() {
    let examples = [
        &b"{}"[..],
        br#"{"correlation_id":"0193a1b2-0000-7000-8000-000000000000","causation_id":null,"actor":"ada"}"#,
        br#"{"headers":{"":"","branch":"\u0000\ud83e\udd80","branch":"north"},"other":[1.5e300,{}]}"#,
    ];
    let examples = examples.map(<[u8]>::to_vec).into();
    rounds(METADATA, examples, 50_000);
}
