//! Killing a program that writes to a store, over and over, and looking for everything it had acknowledged.
//!
//! Two sides. A program of yours opens the store and does [`work`], which prints a line for every acknowledged commit.
//! Your test starts it with [`KillLoop::kill`], which kills it at a [`Moment`], opens the store itself and compares it with
//! everything that was ever acknowledged. The test's own executable can be the program:
//!
//! ```no_run
//! use std::process::Command;
//! use std::time::Duration;
//! use eventsourcing_testkit::faults::{kill, rounds};
//! # use eventsourcing::MemoryStore;
//! # type YourStore = std::sync::Arc<MemoryStore>;
//! # fn open(_: &std::path::Path) -> Result<YourStore, std::io::Error> { unimplemented!() }
//!
//! # /*
//! #[test]
//! # */
//! fn writer() {
//!     let Some(dir) = std::env::var_os("STORE") else { return }; // a run of all tests
//!     let store = open(dir.as_ref()).expect("a store");
//!     let runtime = tokio::runtime::Runtime::new().expect("a runtime");
//!     runtime.block_on(kill::work(store, std::process::id().into(), usize::MAX, kill::say));
//! }
//!
//! # /*
//! #[test]
//! # */
//! fn killed_while_writing() {
//!     let dir = std::env::temp_dir().join("killed");
//!     let mut kills = kill::KillLoop::new("killed while writing", 1);
//!     for _ in 0..rounds(10, 200) {
//!         let mut program = Command::new(std::env::current_exe().expect("this program"));
//!         program.args(["--exact", "writer", "--nocapture"]).env("STORE", &dir);
//!         let moment = kills.moment("acked", 300, Duration::from_millis(30));
//!         kills.kill(&mut program, moment);
//!         kills.check(open(&dir), |_| Ok(()));
//!     }
//!     kills.finish();
//! }
//! ```

mod acked;
mod child;
mod kill_loop;
mod ledger;
mod work;

pub use self::acked::Acked;
pub use self::child::{Moment, killed_at};
pub use self::kill_loop::KillLoop;
pub use self::ledger::{Found, Ledger};
pub use self::work::{say, work};
