//! The simulated disk, and how a trace is read.

use std::path::Path;

use super::args;
use super::calls::Calls;
use super::choice::Choice;
use super::cut::Cut;
use super::disk::Disk;
use super::explain::explain;
use super::lines::{Lines, Moment};
use super::op::{Op, ROOT};
use super::recording::Recording;
use super::tree::{Content, Tree};

fn hex(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "\\x{byte:02x}").expect("text");
        hex
    })
}

/// Follows the lines of a trace of a program that works in `/w`; `'…'` and `<…>` are put into strace's form.
fn follow(lines: &[&str]) -> Result<Calls, String> {
    let empty = Tree {
        nodes: vec![Content::Folder(std::collections::BTreeMap::new())],
    };
    let mut calls = Calls::new("/w".into(), "/".into(), empty);
    let mut reader = Lines::default();
    for line in lines {
        let mut text = String::new();
        for (number, part) in line.split(['\'', '{', '}']).enumerate() {
            if number % 2 == 1 {
                text.push_str(&hex(part));
            } else {
                text.push_str(part);
            }
        }
        for moment in reader.read(&text)? {
            calls.follow(&moment)?;
        }
    }
    Ok(calls)
}

fn ops(lines: &[&str]) -> Vec<Op> {
    follow(lines).expect("a trace that is understood").ops
}

/// All contents that `path` is found with, over many cuts at the end; `None` if it is not there.
fn found(ops: &[Op], path: &str) -> Vec<Option<Vec<u8>>> {
    let start = Tree {
        nodes: vec![Content::Folder(std::collections::BTreeMap::new())],
    };
    let mut end = start.clone();
    for op in ops {
        if let Op::Enter { node, .. } = op
            && *node == end.nodes.len()
        {
            end.add(Content::File(Vec::new()));
        }
        end.apply(op);
    }
    let mut disk = Disk::new(&start, &end);
    disk.advance(ops, ops.len());
    let mut found: Vec<_> = (0..400)
        .map(|seed| {
            let at = ops.len();
            let image = disk.image(ops, &Choice::new(Cut { at, seed }));
            let node = image.find(ROOT, Path::new(path));
            node.and_then(|node| image.file(node).map(<[u8]>::to_vec))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn enter(name: &str, node: usize) -> Op {
    let place = (ROOT, name.to_owned());
    Op::Enter { place, node }
}

fn write(at: u64, bytes: &[u8]) -> Op {
    let (file, bytes) = (1, bytes.to_vec());
    Op::Write { file, at, bytes }
}

fn sync(node: usize, covers: usize) -> Op {
    Op::Sync { node, covers }
}

#[test]
fn what_was_synced_is_there_and_its_name_too() {
    let ops = [enter("a", 1), write(0, b"one"), sync(1, 2), sync(ROOT, 3)];
    assert_eq!(found(&ops, "a"), [Some(b"one".to_vec())]);
}

#[test]
fn a_name_that_was_not_synced_may_be_missing_though_its_file_was() {
    let ops = [enter("a", 1), write(0, b"one"), sync(1, 2)];
    assert_eq!(found(&ops, "a"), [None, Some(b"one".to_vec())]);
}

#[test]
fn what_was_not_synced_may_be_there_or_zeros_or_nothing() {
    let ops = [enter("a", 1), sync(ROOT, 1), write(0, b"one")];
    let zeros = vec![0; 3];
    assert_eq!(
        found(&ops, "a"),
        [Some(Vec::new()), Some(zeros), Some(b"one".to_vec())]
    );
}

#[test]
fn a_sync_covers_what_was_done_before_it_began() {
    let ops = [
        enter("a", 1),
        sync(ROOT, 1),
        write(0, b"one"),
        write(0, b"two"),
        sync(1, 3),
    ];
    assert_eq!(
        found(&ops, "a"),
        [Some(b"one".to_vec()), Some(b"two".to_vec())]
    );
}

#[test]
fn a_write_is_torn_into_sectors() {
    let ops = [
        enter("a", 1),
        sync(ROOT, 1),
        write(0, &[1; 1024]),
        sync(1, 3),
        write(0, &[2; 1024]),
    ];
    let sectors = |first, second| Some([[first; 512], [second; 512]].concat());
    let all = [sectors(1, 1), sectors(1, 2), sectors(2, 1), sectors(2, 2)];
    assert_eq!(found(&ops, "a"), all);
}

#[test]
fn a_rename_is_whole_and_replaces() {
    let place = |name: &str| (ROOT, name.to_owned());
    let (from, to) = (place("a.new"), place("a"));
    let ops = [
        enter("a", 1),
        write(0, b"old"),
        sync(1, 2),
        sync(ROOT, 3),
        enter("a.new", 2),
        Op::Write {
            file: 2,
            at: 0,
            bytes: b"new".to_vec(),
        },
        sync(2, 6),
        Op::Move { from, to, node: 2 },
    ];
    assert_eq!(
        found(&ops, "a"),
        [Some(b"new".to_vec()), Some(b"old".to_vec())]
    );
    assert_eq!(found(&ops, "a.new"), [None, Some(b"new".to_vec())]);
}

#[test]
fn nothing_from_before_a_cut_is_seen_behind_it() {
    let resize = |size| Op::Resize { file: 1, size };
    let ops = [
        enter("a", 1),
        sync(ROOT, 1),
        write(0, &[1; 1024]),
        sync(1, 3),
        resize(512),
        resize(1024),
    ];
    let behind = |second: u8| Some([[1; 512], [second; 512]].concat());
    assert_eq!(
        found(&ops, "a"),
        [
            behind(0).map(|bytes| bytes[..512].to_vec()),
            behind(0),
            behind(1)
        ]
    );
}

#[test]
fn a_failed_sync_loses_its_pages_until_they_are_written_again() {
    let failed = Op::SyncFailed { node: 1, covers: 4 };
    let mut ops = vec![
        enter("a", 1),
        sync(ROOT, 1),
        write(0, b"one"),
        write(512, b"two"),
        failed,
        write(512, b"two"),
        sync(1, 6),
    ];
    let found_then = found(&ops, "a");
    let lost = [&[0; 512][..], b"two"].concat();
    let whole = [&b"one"[..], &[0; 509], b"two"].concat();
    assert_eq!(found_then, [Some(lost), Some(whole.clone())]);
    ops.extend([write(0, b"one"), sync(1, 8)]);
    assert_eq!(found(&ops, "a"), [Some(whole)]);
}

#[test]
fn unfinished_calls_are_put_together_and_syncs_count_from_their_beginning() {
    let ops = ops(&[
        "10 openat(AT_FDCWD</{}>, \"{/w/a}\", O_RDWR|O_CREAT|O_CLOEXEC, 0666) = 3<{/w/a}>",
        "10 fdatasync(3<{/w/a}> <unfinished ...>",
        "11 pwrite64(3<{/w/a}>, \"{xyz}\", 3, 7 <unfinished ...>",
        "11 <... pwrite64 resumed>)       = 2",
        "10 <... fdatasync resumed>)       = 0",
        "10 fdatasync(3<{/w/a}>) = -1 EIO (Input/output error) (INJECTED)",
        "10 +++ exited with 0 +++",
    ]);
    let [
        Op::Enter { .. },
        Op::Write { at: 7, bytes, .. },
        sync,
        failed,
    ] = ops.as_slice()
    else {
        panic!("{ops:?}");
    };
    assert_eq!(bytes, b"xy", "a short count");
    assert!(matches!(sync, Op::Sync { node: 1, covers: 1 }), "{sync:?}");
    assert!(
        matches!(failed, Op::SyncFailed { node: 1, covers: 3 }),
        "{failed:?}"
    );
}

/// What `explain` makes of a trace of a program that began in an empty directory and has left this content in `/w/a`.
fn explained(lines: &[&str], real: &[u8]) -> Result<Vec<Op>, String> {
    let calls = follow(lines).expect("a trace that is understood");
    let start = Tree {
        nodes: vec![Content::Folder(std::collections::BTreeMap::new())],
    };
    let mut disk = start.clone();
    disk.add(Content::File(real.to_vec()));
    disk.apply(&enter("a", 1));
    let calls = explain(calls, &start, &disk)?;
    assert_eq!(calls.tree.difference(&disk), None);
    Ok(calls.ops)
}

const OPENED: &str = "10 openat(AT_FDCWD</{}>, \"{/w/a}\", O_RDWR|O_CREAT, 0666) = 3<{/w/a}>";

#[test]
fn of_cuts_at_once_the_last_is_the_one_that_explains_the_end() {
    let trace = [
        OPENED,
        "10 write(3<{/w/a}>, \"{abcdef}\", 6) = 6",
        "10 ftruncate(3<{/w/a}>, 4 <unfinished ...>",
        "11 ftruncate(3<{/w/a}>, 3 <unfinished ...>",
        "12 ftruncate(3<{/w/a}>, 2 <unfinished ...>",
        "10 <... ftruncate resumed>) = 0",
        "11 <... ftruncate resumed>) = 0",
        "12 <... ftruncate resumed>) = 0",
    ];
    // Where another size is the last, there are zeros.
    for real in [&b"ab"[..], b"ab\0", b"ab\0\0"] {
        let ops = explained(&trace, real).expect("an order");
        let Some(Op::Resize { size, .. }) = ops.last() else {
            panic!("{ops:?}");
        };
        assert_eq!(*size, real.len() as u64);
        assert_eq!(ops.len(), 5);
    }
    for real in [&b"a"[..], b"abc", b"abcd"] {
        explained(&trace, real).expect_err("what no order explains");
    }
}

#[test]
fn a_cut_and_a_write_at_once_come_in_the_order_that_explains_the_end() {
    let trace = [
        OPENED,
        "10 write(3<{/w/a}>, \"{abcdef}\", 6) = 6",
        "11 ftruncate(3<{/w/a}>, 4 <unfinished ...>",
        "10 pwrite64(3<{/w/a}>, \"{xy}\", 2, 4 <unfinished ...>",
        "11 <... ftruncate resumed>) = 0",
        "11 fsync(3<{/w/a}> <unfinished ...>",
        "10 <... pwrite64 resumed>) = 2",
        "11 <... fsync resumed>) = 0",
        "10 pwrite64(3<{/w/a}>, \"{z}\", 1, 0) = 1",
    ];
    let ops = explained(&trace, b"zbcdxy").expect("the order of the returns");
    assert!(matches!(ops[2], Op::Resize { .. }), "{ops:?}");
    assert!(matches!(ops[4], Op::Sync { covers: 3, .. }), "{ops:?}");
    let ops = explained(&trace, b"zbcd").expect("the other order");
    assert!(matches!(ops[2], Op::Write { at: 4, .. }), "{ops:?}");
    assert!(matches!(ops[3], Op::Resize { .. }), "{ops:?}");
    assert!(
        matches!(ops[4], Op::Sync { covers: 4, .. }),
        "the cut was before the sync, so what came before the cut was, too: {ops:?}"
    );
    explained(&trace, b"abcdxy").expect_err("what came after both");
}

#[test]
fn calls_that_did_not_overlap_keep_their_order() {
    let trace = [
        OPENED,
        "10 ftruncate(3<{/w/a}>, 4) = 0",
        "11 pwrite64(3<{/w/a}>, \"{xy}\", 2, 4) = 2",
    ];
    explained(&trace, b"\0\0\0\0xy").expect("the order of the trace");
    explained(&trace, b"\0\0\0\0").expect_err("the other order");
}

#[test]
fn a_call_that_the_end_of_the_program_cuts_short_was_done_or_not() {
    let trace = [
        OPENED,
        "10 write(3<{/w/a}>, \"{abcdef}\", 6) = 6",
        "11 ftruncate(3<{/w/a}>, 4 <unfinished ...>",
        "12 pwrite64(3<{/w/a}>, \"{xy}\", 2, 6 <unfinished ...>",
        "10 write(1</dev/null>, \"{done}\", 4) = 4",
        "11 <... ftruncate resumed>) = ?",
        "11 +++ exited with 0 +++",
        "12 <... pwrite64 resumed>) = ?",
        "12 +++ exited with 0 +++",
        "10 exit_group(0) = ?",
        "10 +++ exited with 0 +++",
    ];
    for real in [&b"abcdef"[..], b"abcd", b"abcdefxy", b"abcd\0\0xy"] {
        explained(&trace, real).expect("some of them");
    }
    for real in [&b"abc"[..], b"abcdxy", b"abcdefx"] {
        let unexplained = explained(&trace, real).expect_err("none of them");
        assert!(
            unexplained.contains("`/a` (6 bytes as recorded"),
            "{unexplained}"
        );
    }
}

#[test]
fn a_name_changed_by_a_call_cut_short_is_the_new_one_or_the_old_one() {
    let lines = [
        OPENED,
        "11 rename(\"{/w/a}\", \"{/w/b}\" <unfinished ...>",
        "11 <... rename resumed>) = ?",
    ];
    let start = Tree {
        nodes: vec![Content::Folder(std::collections::BTreeMap::new())],
    };
    for name in ["a", "b"] {
        let mut disk = start.clone();
        disk.add(Content::File(Vec::new()));
        disk.apply(&enter(name, 1));
        let calls = follow(&lines).expect("a trace that is understood");
        explain(calls, &start, &disk).expect("done or not");
    }
}

#[test]
fn a_file_stands_where_reads_and_writes_have_left_it() {
    let calls = follow(&[
        "10 openat(AT_FDCWD<{/w}>, \"{a}\", O_RDWR|O_CREAT, 0666) = 3<{/w/a}>",
        "10 write(3<{/w/a}>, \"{abcdef}\", 6) = 6",
        "10 lseek(3<{/w/a}>, 0, SEEK_SET) = 0",
        "10 read(3<{/w/a}>, \"{ab}\", 2) = 2",
        "10 dup(3<{/w/a}>) = 4<{/w/a}>",
        "10 writev(4<{/w/a}>, [[iov_base=\"{X}\", iov_len=1], [iov_base=\"{Y}\", iov_len=1]], 2) = 2",
        "10 close(3<{/w/a}>) = 0",
        "10 openat(AT_FDCWD<{/w}>, \"{a}\", O_WRONLY|O_APPEND) = 3<{/w/a}>",
        "10 write(3<{/w/a}>, \"{!}\", 1) = 1",
        "10 renameat(AT_FDCWD<{/w}>, \"{a}\", AT_FDCWD<{/w}>, \"{./b}\") = 0",
    ])
    .expect("a trace that is understood");
    let node = calls.tree.find(ROOT, Path::new("b")).expect("the file");
    assert_eq!(calls.tree.file(node), Some(&b"abXYef!"[..]));
}

#[test]
fn what_is_not_understood_is_refused() {
    let open = "10 openat(AT_FDCWD<{/w}>, \"{a}\", O_RDWR|O_CREAT, 0666) = 3<{/w/a}>";
    for line in [
        "10 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 3<{/w/a}>, 0) = 0x7f00",
        "10 openat(AT_FDCWD<{/w}>, \"{a}\", O_RDWR|O_DSYNC) = 4<{/w/a}>",
        "10 fallocate(3<{/w/a}>, FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE, 0, 10) = 0",
        "10 pwrite64(9<{/w/b}>, \"{x}\", 1, 0) = 1",
        "10 symlink(\"{x}\", \"{/w/b}\") = 0",
        "10 splice(5<{pipe:[7]}>, NULL, 3<{/w/a}>, NULL, 10, 0) = 10",
        "10 vfork() = 11",
        "10 <... write resumed>) = 1",
        "10 pwrite64(3<{/w/a}>, \"{x}\"..., 9, 0) = 9",
        "nonsense",
    ] {
        assert!(follow(&[open, line]).is_err(), "{line}");
    }
    let elsewhere = "10 mmap(NULL, 4096, PROT_READ, MAP_SHARED, 4<{/lib/x}>, 0) = 0x7f00";
    assert!(follow(&[open, elsewhere]).is_ok());
}

#[test]
fn arguments_are_split_at_their_own_commas() {
    assert_eq!(
        args::split("3, [[a, b], c], f(x, y)"),
        ["3", "[[a, b], c]", "f(x, y)"]
    );
    let moments = Lines::default()
        .read("7 exit_group(0) = ?")
        .expect("a line");
    assert!(matches!(&moments[1], Moment::Ended(call) if call.result.is_none()));
}

#[test]
fn cuts_and_images_follow_from_their_seed() {
    let ops = vec![
        enter("a", 1),
        write(0, &[1; 4096]),
        Op::Said(b"acked 1\nac".to_vec()),
    ];
    let tree = follow(&[]).expect("nothing").tree;
    let recording = Recording::new(tree.clone(), tree, ops);
    let cuts = recording.cuts(50, 7);
    assert_eq!(cuts, recording.cuts(50, 7));
    assert_ne!(cuts, recording.cuts(50, 8));
    let last = Cut { at: 3, seed: 0 };
    assert_eq!(recording.said(last), ["acked 1"]);
    assert!(recording.said(Cut { at: 2, seed: 0 }).is_empty());
}
