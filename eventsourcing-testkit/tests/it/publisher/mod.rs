//! Publishers under a runner: what a bus gets, whatever happens to it, to the rows and to the program.
//!
//! | pitfall | shown by |
//! | --- | --- |
//! | H8: a crash between sending and committing repeats the same id; order per key; double relay | `crash` |
//! | H8: a poison message; a broker that is down for hours, or says nothing | `policy` |
//! | H9: nothing sends the past again | `past` |
//! | a log that was restored from a backup | `restored` |
//! | what is decided then: partitions, crashes, damage, and events that come meanwhile | `anew` |

mod anew;
mod crash;
mod in_process;
mod past;
mod policy;
pub(crate) mod post;
mod restored;
