//! What there is to break, and where its tests are: the one table that leads from a name to tests.

/// A kind of fault.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Packages of its tests, and a part of the tests' paths.
    pub(crate) tests: &'static [(&'static str, &'static str)],
    /// What is done to the store, and what must hold.
    pub(crate) about: &'static str,
}

impl Kind {
    /// Whether its long form is built as a program in use is. For most, the time goes into syncs, processes and files.
    pub(crate) fn is_optimised(&self) -> bool {
        self.name == "read-load"
    }
}

const SLED: &str = "eventsourcing-sled";

/// All kinds, in the order in which they are run.
pub(crate) static KINDS: &[Kind] = &[
    Kind {
        name: "kill",
        tests: &[(SLED, "faults::kill::")],
        about: "The process is killed (SIGKILL) at random moments while eight tasks write, and while it opens, closes or \
                rebuilds its index. Whatever it acknowledged over a pipe, in any round, must be there with the same content.",
    },
    Kind {
        name: "power-cut",
        tests: &[(SLED, "faults::power_cut::")],
        about: "The power fails: from the recorded system calls the disk is made as it may be then, with what was synced and any part \
                of the rest. What was acknowledged by then is there. The controls are designs that sync too little.",
    },
    Kind {
        name: "torn-tail",
        tests: &[(SLED, "faults::torn_tail::")],
        about: "The last segment is cut at every byte of its last frames and continued with garbage, zeros, half a frame, \
                stale or foreign frames; segments are cut, removed, doubled, exchanged. Exactly the whole frames are left, or \
                opening reports corruption.",
    },
    Kind {
        name: "bit-flips",
        tests: &[(SLED, "faults::bit_flips::")],
        about: "One bit is flipped, anywhere: segments, checkpoints, index, FORMAT, LOCK. It is reported with its position or changes no \
                answer; damaged bytes are never served.",
    },
    Kind {
        name: "disk-full",
        tests: &[(SLED, "faults::disk_full::")],
        about: "There is no room: files of limited size, and a file system of 8 MiB. Appends are refused, reading goes on, \
                what was acknowledged stays, and writing goes on once there is room.",
    },
    Kind {
        name: "read-models",
        tests: &[(SLED, "faults::read_models::")],
        about: "Projections that commit rows and progress to sled are killed, and meet a full disk. Rows, indexes and progress \
                agree afterwards: each commit is there as a whole or not at all, and nobody goes on from what was lost.",
    },
    Kind {
        name: "read-side",
        tests: &[(SLED, "faults::read_side::kill::")],
        about: "A program with a writer, three read models and a process manager that moves money is killed (SIGKILL) at random moments, \
                also while it opens. Each time, the read models are a fold of the log up to where they say they are, nothing is missing \
                from their books, and each command has taken effect once; brought up to date, no money is under way.",
    },
    Kind {
        name: "read-load",
        tests: &[(SLED, "faults::read_side::busy::")],
        about: "8 writers, 4 read models and a subscriber for twenty minutes. Whoever reads sees each event once, in order; the read models \
                are what the subscriber makes of the log; the memory of the last five minutes is at most 16 MiB above that of the five \
                before. One round.",
    },
    Kind {
        name: "double-open",
        tests: &[(SLED, "faults::double_open::")],
        about: "A store is opened twice, by threads and by processes, in races. One has it; the others are told so at once.",
    },
    Kind {
        name: "io-errors",
        tests: &[(SLED, "faults::io_errors::")],
        about: "The system refuses: unreadable files, a read-only directory, reads that fail with EIO. The error is typed, and \
                the store is usable once the cause is gone.",
    },
    Kind {
        name: "failpoint",
        tests: &[(SLED, "faults::failpoint::")],
        about: "Single system calls of the writer wait, fail or kill the process, between a write and its sync, while a segment \
                is begun, while the store is opened and its index rebuilt. Nobody sees what is not synced; who is refused has nothing in the store; \
                who is not told asks again with the same id.",
    },
    Kind {
        name: "clock",
        tests: &[(SLED, "faults::clock::")],
        about: "The clock steps back and forth, by seconds and by years, also while the store is closed. Recorded times never \
                step back, questions by time are answered right, no lease epoch is granted twice.",
    },
    Kind {
        name: "backup",
        tests: &[(SLED, "backup::")],
        about: "Backups are taken while eight tasks write, killed (SIGKILL) and out of room in the middle, and damaged afterwards. What \
                has a backup's name restores to an exact beginning of the log with all that was acknowledged before; anything else \
                is refused, and leaves nothing.",
    },
    Kind {
        name: "snapshot",
        tests: &[(SLED, "faults::lies::")],
        about: "A snapshot lies: of another version, stream, history, shape or format, or with flipped bits. It is not used; the \
                events are replayed, and the state is theirs.",
    },
    Kind {
        name: "load",
        tests: &[(SLED, "load::")],
        about: "16 writers do all that writers can do, futures dropped and ids repeated included, while readers follow, in every \
                durability mode; the store is closed in the middle and opened again. One order, the log's, explains what \
                every caller was told.",
    },
    Kind {
        name: "cancel",
        tests: &[(SLED, "cancel::"), (SLED, "together::")],
        about: "Futures are dropped at every await point, tasks aborted, readers panic; the store is closed and dropped while \
                appends, backups, rebuilds and all else are under way. Commits are whole or absent, every answer is true, nobody is left waiting.",
    },
    Kind {
        name: "model",
        tests: &[
            (SLED, "model::answers_as_the_reference"),
            ("eventsourcing-testkit", "model::answers_as_the_reference"),
        ],
        about: "Random histories of commits, conditions, repetitions, reads, snapshots, checkpoints, reopenings and crashes, on \
                stores in every durability mode and on adversarial ones: each answer is that of the reference. Rounds are histories.",
    },
    Kind {
        name: "history",
        tests: &[("eventsourcing-testkit", "history::load::")],
        about: "The load on the memory store, a million calls: the checker raises no false alarm.",
    },
    Kind {
        name: "bank",
        tests: &[
            ("bank-account", "killed::"),
            ("bank-account", "every_step::"),
        ],
        about: "A transfer in steps of the bank program is killed behind each system call that changes the disk, and dropped at each await of \
                its process. It is listed as far as it has come, no money is lost or made, and repeating the command ends it once.",
    },
    Kind {
        name: "orders",
        tests: &[("orders", "crash::")],
        about: "The order server of the examples is killed (SIGKILL) in a burst of orders and again while they are led to their end. \
                Every acknowledged request has the same answer afterwards, every order ends, and stock and money add up.",
    },
];

/// The kinds of these names, or all.
pub(crate) fn named(names: &[&str]) -> Result<Vec<&'static Kind>, String> {
    if names.is_empty() {
        return Ok(KINDS.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            let found = KINDS.iter().find(|kind| kind.name == *name);
            found.ok_or_else(|| {
                let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
                format!(
                    "there is no fault `{name}`; there are: {}",
                    known.join(", ")
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{KINDS, named};

    #[test]
    fn every_name_leads_to_one_kind() {
        for kind in KINDS {
            let found = named(&[kind.name]).expect("the kind");
            assert!(std::ptr::eq(found[0], kind), "{} occurs twice", kind.name);
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let error = named(&["kill", "earthquake"]).expect_err("unknown");
        assert!(
            error.contains("`earthquake`") && error.contains("torn-tail"),
            "{error}"
        );
    }
}
