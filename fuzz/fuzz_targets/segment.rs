#![no_main]

use eventsourcing_sled::fuzzing::SEGMENT;
use eventsourcing_tests::fuzz::check;

libfuzzer_sys::fuzz_target!(|input: &[u8]| check(SEGMENT, input));
