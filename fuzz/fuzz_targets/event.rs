#![no_main]

use bank_account::fuzzing::EVENT;
use eventsourcing_tests::fuzz::check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check(EVENT, input));
