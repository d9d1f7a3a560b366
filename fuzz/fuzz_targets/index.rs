#![no_main]

use eventsourcing_sled::fuzzing::INDEX;
use eventsourcing_tests::fuzz::check;

// The first call opens the database, which is not what is measured.
libfuzzer_sys::fuzz_target!(init: (INDEX.1)(&[]), |input: &[u8]| check(INDEX, input));
