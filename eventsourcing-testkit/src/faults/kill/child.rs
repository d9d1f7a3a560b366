//! Running a program up to a moment, then killing it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Most time for what has to come from the program. Generous: it is there to end a hang.
const LIMIT: Duration = Duration::from_secs(120);

/// When a program is killed: so long after it has printed a word for so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// A line counts if it holds this word.
    pub word: &'static str,
    /// How many such lines, at least one.
    pub times: usize,
    /// How long after the last of them.
    pub delay: Duration,
}

impl Moment {
    /// So long after the first line with this word.
    pub fn after(word: &'static str, delay: Duration) -> Self {
        let times = 1;
        Self { word, times, delay }
    }
}

/// Runs a program, kills it at the moment, and returns what it has printed by then. It may end by itself after
/// the last line that was waited for.
///
/// # Panics
/// If the program cannot be started, ends before the moment, or prints nothing for two minutes.
pub fn killed_at(command: &mut Command, moment: Moment) -> Vec<String> {
    let mut program = Program::start(command);
    let mut printed = Vec::new();
    let mut times = 0;
    while times < moment.times {
        match program.lines.recv_timeout(LIMIT) {
            Ok(line) => {
                times += usize::from(line.contains(moment.word));
                printed.push(line);
            }
            Err(RecvTimeoutError::Timeout) => panic!("{command:?} hangs after {printed:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("{command:?} has ended by itself before {moment:?}, after {printed:?}")
            }
        }
    }
    // It prints on meanwhile, and the pipe must not fill up.
    let until = Instant::now() + moment.delay;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        match program.lines.recv_timeout(left) {
            Ok(line) => printed.push(line),
            Err(_) => break,
        }
    }
    program.kill();
    printed.extend(program.lines.iter());
    printed
}

/// A running program. It is killed when it is dropped.
struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().expect("its output was asked for"));
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
