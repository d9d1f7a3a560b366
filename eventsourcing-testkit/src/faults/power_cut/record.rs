//! Recording what a program does to the disk.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::args::shortened;
use super::calls::{Calls, TRACED};
use super::explain::explain;
use super::lines::Lines;
use super::recording::Recording;
use super::tree::Tree;

/// Most time for the program. Generous: it is there to end a hang.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs a program and records what it does to the disk.
#[derive(Debug, Clone)]
pub struct Recorder {
    dir: PathBuf,
    trace: PathBuf,
    failing: Option<u32>,
    slow: Option<Duration>,
    exit_code: i32,
}

impl Recorder {
    /// Records what is done below `dir`, which exists. What is in it already counts as durable.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        let dir = dir.into();
        let trace = dir.with_extension("trace");
        Self {
            dir,
            trace,
            failing: None,
            slow: None,
            exit_code: 0,
        }
    }

    /// The program is to end with this exit code, not with 0.
    pub fn ending_with(mut self, exit_code: i32) -> Self {
        self.exit_code = exit_code;
        self
    }

    /// Lets the `nth` call of `fdatasync` of each thread fail with `EIO`, counted from 1. The call is not made.
    pub fn failing_sync(mut self, nth: u32) -> Self {
        self.failing = Some(nth);
        self
    }

    /// Lets each `fsync` and `fdatasync` take so much longer, as on a slow disk. Other threads go on meanwhile, so that more is
    /// pending. Not together with [`Recorder::failing_sync`].
    pub fn slow_syncs(mut self, delay: Duration) -> Self {
        self.slow = Some(delay);
        self
    }

    /// Runs the program to its end. Its standard output is not shown; [`Recording::said`] has it. The trace is left beside
    /// the directory, under its name with `.trace`.
    ///
    /// # Panics
    /// If `strace` is not there or not allowed to trace, the program fails or does not end, or does something that is not
    /// understood (see [the module](super)).
    pub fn record(&self, command: &Command) -> Recording {
        let root = self.dir.canonicalize().unwrap_or_else(|error| {
            panic!("cannot record {}: {error}", self.dir.display());
        });
        let cwd = command.get_current_dir().map(Path::to_path_buf);
        let cwd = cwd.unwrap_or_else(|| std::env::current_dir().expect("a working directory"));
        let start = Tree::scan(&root);
        wait(self.strace(command), self.exit_code);
        let mut calls = Calls::new(root.clone(), cwd, start.clone());
        let mut lines = Lines::default();
        let trace = File::open(&self.trace).expect("the trace that strace has written");
        for (number, line) in (1..).zip(BufReader::new(trace).lines()) {
            let line = line.expect("the trace");
            let understood = lines
                .read(&line)
                .and_then(|moments| moments.iter().try_for_each(|moment| calls.follow(moment)));
            if let Err(reason) = understood {
                let (trace, line) = (self.trace.display(), shortened(&line));
                panic!("{trace}:{number}: {reason}: {line}");
            }
        }
        let real = Tree::scan(&root);
        let calls = explain(calls, &start, &real).unwrap_or_else(|unexplained| {
            panic!("{}: {unexplained}", self.trace.display());
        });
        Recording::new(start, calls.tree, calls.ops)
    }

    fn strace(&self, command: &Command) -> Child {
        let mut strace = Command::new("strace");
        // Only traced calls stop the program (`--seccomp-bpf`), and strings are whole.
        strace
            .args(["-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000000"])
            .args(["-e", "signal=none", "-e", &format!("trace={TRACED}")]);
        if let Some(nth) = self.failing {
            strace.args(["-e", &format!("inject=fdatasync:error=EIO:when={nth}")]);
        }
        if let Some(delay) = self.slow {
            let delay = delay.as_micros();
            strace.args(["-e", &format!("inject=fsync,fdatasync:delay_enter={delay}")]);
        }
        strace.arg("-o").arg(&self.trace);
        strace.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => strace.env(name, value),
                None => strace.env_remove(name),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            strace.current_dir(dir);
        }
        strace.stdin(Stdio::null()).stdout(Stdio::null());
        match strace.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!(
                    "this test needs strace; install it, for example with `apt-get install strace`"
                )
            }
            Err(error) => panic!("cannot start strace: {error}"),
        }
    }
}

fn wait(mut child: Child, exit_code: i32) {
    let started = Instant::now();
    loop {
        match child.try_wait().expect("waiting for strace") {
            Some(status) if status.code() == Some(exit_code) => return,
            Some(status) => panic!("the recorded program, or strace itself, has failed: {status}"),
            None if started.elapsed() > LIMIT => {
                let _ = child.kill();
                panic!("the recorded program does not end");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}
