#![no_main]

use eventsourcing::fuzzing::TEXTS;
use eventsourcing_tests::fuzz::check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check(TEXTS, input));
