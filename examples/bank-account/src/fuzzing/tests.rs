//! The bodies, run on seeds, on valid examples, and on mutations of them.

use std::io::Write;

use eventsourcing::Event;
use eventsourcing_tests::fuzz::rounds;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::{EVENT, STATEMENT};
use crate::domain::AccountEvent;

#[test]
fn events() {
    let payloads = [
        r#"{"owner":"Ada","currency":"CZK","overdraft":{"limit":-100}}"#,
        r#"{"owner":"","currency":"EUR","overdraft":"unlimited","amount":1,"fee":2}"#,
        r#"{"amount":-9223372036854775808,"note":{"day":"1993-01-31","way":null,"partner":"\ud83e\udd80"}}"#,
        r#"{"transfer":"t","to":"8","from":"9","amount":9223372036854775807}"#,
        r#"{"transaction":"1","reason":"no"}"#,
    ];
    let mut examples = vec![b"\xff\x01\x01account.closed {}".to_vec()];
    for which in 0..AccountEvent::STORED.len() {
        let which = u8::try_from(which).expect("few");
        for payload in payloads {
            examples.push([&[which, 0, 1], payload.as_bytes()].concat());
        }
    }
    rounds(EVENT, examples, 30_000);
}

#[test]
fn statements() {
    let data = include_bytes!("../../data/statement.csv");
    let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(data).expect("compressing");
    // A thousand times its size, in one line.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b';'; 1 << 20]).expect("compressing");
    let examples = vec![
        data.to_vec(),
        data[..500].to_vec(),
        compressed.finish().expect("compressing"),
        bomb.finish().expect("compressing"),
        b"1000;101;930131;\"PRIJEM\";VKLAD;-12.345;\"a\"\"b\";;;0\r\n".to_vec(),
        b"92233720368547758.07".to_vec(),
    ];
    rounds(STATEMENT, examples, 200);
}
