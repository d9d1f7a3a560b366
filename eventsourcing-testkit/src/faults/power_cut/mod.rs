//! Power cuts: what a store has on its disk if the machine stops at any moment.
//!
//! A [`Recorder`] runs a program that works with a store and writes down, with `strace`, everything it asks of the disk.
//! From the [`Recording`], directories are made as they could be found after a cut: [`Recording::cuts`] picks moments,
//! [`Replay::image`] writes the directory, [`Recording::said`] tells what the program had acknowledged by then. The
//! store is opened on each image and must have all of that.
//!
//! ```no_run
//! use std::process::Command;
//! use eventsourcing_testkit::faults::power_cut::Recorder;
//!
//! // The program works in the directory and prints a line, in one write, for everything it acknowledges.
//! let recording = Recorder::new("/scratch/store").record(Command::new("./workload").arg("/scratch/store"));
//! let mut replay = recording.replay();
//! for cut in recording.cuts(100, 1) {
//!     replay.image(cut, "/scratch/image".as_ref());
//!     for line in recording.said(cut) { /* open the image: what this line acknowledges is there */ }
//! }
//! ```
//!
//! [`Recording::killed`] tells what is there if only the program is killed: `kill -9` at each of its steps in turn, which no
//! signal sent from outside can promise.
//!
//! # What may be on the disk
//!
//! - **Synced is safe.** A completed `fsync` or `fdatasync` makes durable what had been written to that file before the
//!   call began, with its size. Nothing else does: `sync_file_range` counts for nothing, since it neither writes the
//!   file's metadata nor empties the disk's cache (its manual page says so).
//! - **Everything later may be there or not, sector by sector.** Of each sector of 512 bytes that was written since, the
//!   disk has the synced content or that after any write since. Sizes, data and names come independently of each other.
//! - **A size that is there without its data shows zeros**, as on ext4, XFS and Btrfs; not what was deleted there before,
//!   as ext4 with `data=writeback` may show. Within one file, cutting and growing keep their order.
//! - **Names are part of their directory.** Creating, renaming and removing is durable once the directory has been synced;
//!   before that, any subset may be. A rename is whole or not there, also between directories (where syncing either makes it
//!   durable). Changes of the same name keep their order. Syncing a file does not make its name durable: on ext4
//!   it usually does, POSIX does not say so.
//! - **A failed sync loses its pages.** What it should have written counts as clean from then on: it may be on the disk or
//!   not, and no later sync changes that, unless the sector is written again ("fsyncgate", 2018).
//!
//! Sources: the manual pages of `fsync`, `sync_file_range` and `rename`; Pillai et al., "All File Systems Are Not Created
//! Equal" (OSDI 2014), for what file systems reorder; Rebello et al., "Can Applications Recover from fsync Failures?"
//! (USENIX ATC 2020), and the page "Fsync Errors" of the `PostgreSQL` wiki, for failed syncs.
//!
//! # What it does not show
//!
//! Disks that lie about syncs, that tear a sector, or that damage what was written long before. Programs of several
//! processes, files mapped into memory for writing, `io_uring`, and files opened with `O_SYNC` or `O_DSYNC` are not
//! understood. Whatever is not understood ends the recording with an error; after it, the directory as recorded is compared
//! with the real one, so nothing is overlooked.
//!
//! Calls of several threads that overlap in time are taken in the order in which they returned, and calls that never
//! returned, since the program ended meanwhile, for not done. If that does not lead to the real directory, another order
//! of `pwrite` and `ftruncate` calls that overlapped, or a call that was done after all, may; then it is taken. Of changes of
//! names that overlap, of several threads that write to a file's end, and of a write that the program's end has cut in two,
//! nothing else is tried: then the recording fails, and has to be made again.
//!
//! Linux only; needs `strace` and the right to use it.

mod args;
mod calls;
mod choice;
mod cut;
mod descriptors;
mod disk;
mod explain;
mod file;
mod lines;
mod names;
mod op;
mod races;
mod record;
mod recording;
#[cfg(test)]
mod tests;
mod tree;

pub use self::cut::Cut;
pub use self::record::Recorder;
pub use self::recording::{Recording, Replay};
