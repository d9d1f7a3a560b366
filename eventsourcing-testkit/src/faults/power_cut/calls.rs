//! System calls, taken for what they do to the watched directory.

use std::collections::HashMap;
use std::path::PathBuf;

use super::args::{self, number};
use super::descriptors::{Descriptors, OpenFile};
use super::lines::{Call, Moment};
use super::names::path_at;
use super::op::{Node, Op};
use super::races::{Races, Running};
use super::tree::{Content, Tree, to_usize};

/// The calls that strace is asked for: all that may change a file, its name, or what a descriptor means.
pub(super) const TRACED: &str = "open,openat,openat2,creat,close,dup,dup2,dup3,fcntl,read,readv,write,writev,pwrite64,pwritev,\
pwritev2,lseek,truncate,ftruncate,fallocate,fsync,fdatasync,sync_file_range,sync,syncfs,rename,renameat,renameat2,unlink,unlinkat,\
rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,mknod,mknodat,copy_file_range,sendfile,splice,tee,vmsplice,mmap,ioctl,\
io_uring_setup,io_setup,clone,clone3,fork,vfork,chdir,fchdir";

/// Follows a program.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    /// The watched directory.
    pub(super) root: PathBuf,
    /// Where the program's relative paths begin.
    pub(super) cwd: PathBuf,
    pub(super) tree: Tree,
    pub(super) ops: Vec<Op>,
    descriptors: Descriptors,
    /// How many steps had been done when a thread's sync began.
    syncing: HashMap<String, usize>,
    /// Changes of files that overlap in time.
    pub(super) races: Races,
    /// Calls that have not returned because the program ended. They may have taken place or not.
    pub(super) cut_short: Vec<Call>,
}

impl Calls {
    pub(super) fn new(root: PathBuf, cwd: PathBuf, tree: Tree) -> Self {
        Self {
            root,
            cwd,
            tree,
            ops: Vec::new(),
            descriptors: Descriptors::default(),
            syncing: HashMap::new(),
            races: Races::default(),
            cut_short: Vec::new(),
        }
    }

    /// Follows one moment.
    ///
    /// # Errors
    /// If it is not understood.
    pub(super) fn follow(&mut self, moment: &Moment) -> Result<(), String> {
        match moment {
            Moment::Begins(call) => self.begins(call),
            Moment::Ended(call) => self.ended(call),
        }
    }

    fn begins(&mut self, call: &Call) -> Result<(), String> {
        let first = || args::descriptor(argument(&args::split(&call.args), 0)?);
        match call.name.as_str() {
            "fsync" | "fdatasync" => {
                self.syncing.insert(call.thread.clone(), self.ops.len());
            }
            "ftruncate" | "pwrite64" | "pwritev" => {
                // Only the first argument: the others may be long, and there is no comma in it.
                let descriptor = call.args.split(',').next().unwrap_or_default();
                if let Some(node) = self.node(descriptor)? {
                    self.races.begins(&call.thread, node, self.ops.len());
                }
            }
            // From here on another thread may get the same number for another file.
            "close" => {
                if let (Some(descriptor), _) = first()? {
                    self.descriptors.close(descriptor);
                }
            }
            "write" if first()?.0 == Some(1) => {
                let said = args::bytes(argument(&args::split(&call.args), 1)?)?;
                self.ops.push(Op::Said(said));
            }
            _ => {}
        }
        Ok(())
    }

    fn ended(&mut self, call: &Call) -> Result<(), String> {
        let Some(result) = &call.result else {
            if can_take_place(&call.name) {
                self.cut_short.push(call.clone());
            }
            return Ok(());
        };
        let running = self.races.returns(&call.thread);
        let step = self.ops.len();
        self.returned(call, result, running)?;
        if let Some(running) = running
            && self.ops.len() > step
        {
            self.races.was(running, step);
        }
        Ok(())
    }

    /// Takes a call that was cut short for done, and whole.
    ///
    /// # Errors
    /// If it is not understood.
    pub(super) fn takes_place(&mut self, call: &Call) -> Result<(), String> {
        let result = match call.name.as_str() {
            "write" | "pwrite64" => argument(&args::split(&call.args), 2)?,
            _ => "0",
        };
        let result = Some(result.to_owned());
        self.ended(&Call {
            result,
            ..call.clone()
        })
    }

    fn returned(
        &mut self,
        call: &Call,
        result: &str,
        running: Option<Running>,
    ) -> Result<(), String> {
        let arguments = args::split(&call.args);
        if result.starts_with('-') {
            return self.failed(call, &arguments);
        }
        let argument = |at| argument(&arguments, at);
        match call.name.as_str() {
            "open" => self.open(&self.path(argument(0)?)?, argument(1)?, result),
            "creat" => self.open(
                &self.path(argument(0)?)?,
                "O_WRONLY|O_CREAT|O_TRUNC",
                result,
            ),
            "openat" => self.open(&path_at(argument(0)?, argument(1)?)?, argument(2)?, result),
            "dup" | "dup2" | "dup3" => self.duplicate(argument(0)?, result),
            "fcntl" if argument(1)?.starts_with("F_DUPFD") => self.duplicate(argument(0)?, result),
            "fcntl" if argument(1)? == "F_SETFL" => self.refuse(argument(0)?),
            "read" | "readv" => self.read(argument(0)?, number(result)?),
            "lseek" => self.seek(argument(0)?, number(result)?),
            "write" => self.write(argument(0)?, None, result, || args::bytes(argument(1)?)),
            "writev" => self.write(argument(0)?, None, result, || args::buffers(argument(1)?)),
            "pwrite64" => {
                let at = Some(number(argument(3)?)?);
                self.write(argument(0)?, at, result, || args::bytes(argument(1)?))
            }
            "pwritev" => {
                let at = Some(number(argument(3)?)?);
                self.write(argument(0)?, at, result, || args::buffers(argument(1)?))
            }
            "copy_file_range" => self.copy(
                (argument(0)?, argument(1)?),
                (argument(2)?, argument(3)?),
                result,
            ),
            "sendfile" => self.copy((argument(1)?, argument(2)?), (argument(0)?, "NULL"), result),
            "ftruncate" => match self.node(argument(0)?)? {
                Some(node) => {
                    let size = number(argument(1)?)?;
                    // Whether the size changes depends on what came first.
                    if running.is_some_and(|call| self.races.overlaps(call, &self.ops)) {
                        self.push(Op::Resize { file: node, size });
                        return Ok(());
                    }
                    self.resize(node, size)
                }
                None => Ok(()),
            },
            "truncate" => match self.find(&self.path(argument(0)?)?) {
                Some(node) => self.resize(node, number(argument(1)?)?),
                None => Ok(()),
            },
            "fallocate" => self.allocate(&arguments),
            "fsync" | "fdatasync" => self.synced(call, argument(0)?, true),
            "rename" => self.rename(&self.path(argument(0)?)?, &self.path(argument(1)?)?),
            "renameat" => self.rename(
                &path_at(argument(0)?, argument(1)?)?,
                &path_at(argument(2)?, argument(3)?)?,
            ),
            "renameat2" if matches!(argument(4)?, "0" | "RENAME_NOREPLACE") => self.rename(
                &path_at(argument(0)?, argument(1)?)?,
                &path_at(argument(2)?, argument(3)?)?,
            ),
            "unlink" | "rmdir" => self.leave(&self.path(argument(0)?)?),
            "unlinkat" => self.leave(&path_at(argument(0)?, argument(1)?)?),
            "mkdir" => self.make_folder(&self.path(argument(0)?)?),
            "mkdirat" => self.make_folder(&path_at(argument(0)?, argument(1)?)?),
            "link" => self.link(&self.path(argument(0)?)?, &self.path(argument(1)?)?),
            "linkat" => self.link(
                &path_at(argument(0)?, argument(1)?)?,
                &path_at(argument(2)?, argument(3)?)?,
            ),
            "mmap" if argument(3)?.contains("MAP_SHARED") => self.refuse(argument(4)?),
            "close" | "fcntl" | "sync_file_range" | "mmap" => Ok(()),
            "clone" | "clone3" if call.args.contains("CLONE_FILES") => Ok(()),
            "clone" | "clone3" | "fork" | "vfork" => {
                Err("the program starts another process".into())
            }
            "chdir" | "fchdir" => Err("the program changes its working directory".into()),
            "sync" | "syncfs" | "io_uring_setup" | "io_setup" => {
                Err("this call is not understood".into())
            }
            // Anything else is somebody else's, unless it concerns the watched directory.
            _ => self.refuse_watched(&arguments),
        }
    }

    /// A call that failed has done nothing, but a sync that failed has consequences.
    fn failed(&mut self, call: &Call, arguments: &[&str]) -> Result<(), String> {
        match call.name.as_str() {
            "fsync" | "fdatasync" => self.synced(call, argument(arguments, 0)?, false),
            _ => Ok(()),
        }
    }

    pub(super) fn push(&mut self, op: Op) {
        self.tree.apply(&op);
        self.ops.push(op);
    }

    /// The open file behind a descriptor; `None` if it is not in the watched directory.
    fn descriptor(&mut self, text: &str) -> Result<Option<&mut OpenFile>, String> {
        let (descriptor, path) = args::descriptor(text)?;
        let watched = path.is_some_and(|path| path.starts_with(&self.root));
        match descriptor.and_then(|descriptor| self.descriptors.get(descriptor)) {
            None if watched && descriptor.is_some() => {
                Err("a file in the watched directory that was not seen being opened".into())
            }
            file => Ok(file),
        }
    }

    fn node(&mut self, descriptor: &str) -> Result<Option<Node>, String> {
        Ok(self.descriptor(descriptor)?.map(|file| file.node))
    }

    fn refuse(&mut self, descriptor: &str) -> Result<(), String> {
        if descriptor == "-1" {
            return Ok(());
        }
        match self.descriptor(descriptor)? {
            Some(_) => Err("this is not understood for a file in the watched directory".into()),
            None => Ok(()),
        }
    }

    fn refuse_watched(&mut self, arguments: &[&str]) -> Result<(), String> {
        for argument in arguments {
            let path = if argument.starts_with('"') {
                Some(self.path(argument)?)
            } else {
                args::descriptor(argument).ok().and_then(|(_, path)| path)
            };
            if path.is_some_and(|path| path.starts_with(&self.root)) {
                return Err("this call is not understood".into());
            }
        }
        Ok(())
    }

    fn open(&mut self, path: &std::path::Path, flags: &str, result: &str) -> Result<(), String> {
        let (descriptor, real) = args::descriptor(result)?;
        let descriptor = descriptor.ok_or("an open file without a descriptor")?;
        let watched = path.starts_with(&self.root);
        if real.is_none_or(|real| real.starts_with(&self.root) != watched) {
            return Err("the watched directory is reached through a link".into());
        }
        if !watched {
            return Ok(());
        }
        let flags: Vec<_> = flags.split('|').collect();
        let has = |flag| flags.contains(&flag);
        if has("O_TMPFILE") || has("O_SYNC") || has("O_DSYNC") {
            return Err("a file is opened in a way that is not understood".into());
        }
        let node = match self.find(path) {
            Some(node) => node,
            None if has("O_CREAT") => {
                let place = self.place(path)?.ok_or("a file without a name")?;
                let node = self.tree.add(Content::File(Vec::new()));
                self.push(Op::Enter { place, node });
                node
            }
            None => return Err("a file is opened that should not be there".into()),
        };
        if has("O_TRUNC") {
            self.resize(node, 0)?;
        }
        let append = has("O_APPEND");
        self.descriptors.open(
            descriptor,
            OpenFile {
                node,
                at: 0,
                append,
            },
        );
        Ok(())
    }

    fn duplicate(&mut self, from: &str, to: &str) -> Result<(), String> {
        let (from, to) = (args::descriptor(from)?.0, args::descriptor(to)?.0);
        let (from, to) = (from.ok_or("no descriptor")?, to.ok_or("no descriptor")?);
        self.descriptors.duplicate(from, to);
        Ok(())
    }

    fn read(&mut self, descriptor: &str, read: u64) -> Result<(), String> {
        if let Some(file) = self.descriptor(descriptor)? {
            file.at += read;
        }
        Ok(())
    }

    fn seek(&mut self, descriptor: &str, at: u64) -> Result<(), String> {
        if let Some(file) = self.descriptor(descriptor)? {
            file.at = at;
        }
        Ok(())
    }

    fn write(
        &mut self,
        descriptor: &str,
        at: Option<u64>,
        written: &str,
        bytes: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<(), String> {
        if self.node(descriptor)?.is_none() {
            return Ok(());
        }
        let mut bytes = bytes()?;
        let written = number(written)?;
        if (bytes.len() as u64) < written {
            return Err("more was written than there was".into());
        }
        bytes.truncate(to_usize(written));
        self.put(descriptor, at, bytes)
    }

    /// Bytes go to a file, at `at` or where it stands.
    fn put(&mut self, descriptor: &str, at: Option<u64>, bytes: Vec<u8>) -> Result<(), String> {
        let file = self.descriptor(descriptor)?.ok_or("no file")?;
        let (node, append, stands) = (file.node, file.append, file.at);
        let size = self.size(node)?;
        let start = if append { size } else { at.unwrap_or(stands) };
        if at.is_none() {
            let file = self.descriptor(descriptor)?.ok_or("no file")?;
            file.at = start + bytes.len() as u64;
        }
        if !bytes.is_empty() {
            let (file, at) = (node, start);
            self.push(Op::Write { file, at, bytes });
        }
        Ok(())
    }

    /// Bytes go from file to file within the system.
    fn copy(&mut self, from: (&str, &str), to: (&str, &str), count: &str) -> Result<(), String> {
        let count = number(count)?;
        let source = self.descriptor(from.0)?.map(|file| (file.node, file.at));
        let known = self.node(to.0)?.is_some();
        let at = offset(from.1)?;
        let start = at.or(source.map(|(_, at)| at)).unwrap_or_default();
        if at.is_none() {
            self.read(from.0, count)?;
        }
        if !known {
            return Ok(());
        }
        let (node, _) = source.ok_or("a file is copied from outside the watched directory")?;
        let content = self.tree.file(node).ok_or("a directory is copied")?;
        let bytes = content
            .get(to_usize(start)..to_usize(start + count))
            .ok_or("more was copied than there was")?
            .to_vec();
        self.put(to.0, offset(to.1)?, bytes)
    }

    fn size(&self, node: Node) -> Result<u64, String> {
        let content = self.tree.file(node).ok_or("a directory is written to")?;
        Ok(content.len() as u64)
    }

    fn resize(&mut self, file: Node, size: u64) -> Result<(), String> {
        if self.size(file)? != size {
            self.push(Op::Resize { file, size });
        }
        Ok(())
    }

    fn allocate(&mut self, arguments: &[&str]) -> Result<(), String> {
        let Some(node) = self.node(argument(arguments, 0)?)? else {
            return Ok(());
        };
        let end = number(argument(arguments, 2)?)? + number(argument(arguments, 3)?)?;
        match argument(arguments, 1)? {
            "0" if end > self.size(node)? => self.resize(node, end),
            "0" | "FALLOC_FL_KEEP_SIZE" => Ok(()),
            _ => Err("this kind of `fallocate` is not understood".into()),
        }
    }

    fn synced(&mut self, call: &Call, descriptor: &str, done: bool) -> Result<(), String> {
        let covers = self.syncing.remove(&call.thread).unwrap_or(self.ops.len());
        if let Some(node) = self.node(descriptor)? {
            self.push(if done {
                Op::Sync { node, covers }
            } else {
                Op::SyncFailed { node, covers }
            });
        }
        Ok(())
    }
}

/// Whether it is known what a call does without its result.
fn can_take_place(name: &str) -> bool {
    const WITHOUT_A_RESULT: &str = "write pwrite64 ftruncate truncate rename renameat renameat2 unlink unlinkat rmdir mkdir mkdirat link linkat";
    WITHOUT_A_RESULT.split(' ').any(|known| known == name)
}

fn argument<'a>(arguments: &[&'a str], at: usize) -> Result<&'a str, String> {
    arguments
        .get(at)
        .copied()
        .ok_or_else(|| format!("there is no argument {at}"))
}

/// `NULL`, `[7]` or `[7 => 11]`.
fn offset(text: &str) -> Result<Option<u64>, String> {
    let Some(inner) = text.strip_prefix('[') else {
        return Ok(None);
    };
    let first = inner.split([' ', ']']).next().unwrap_or_default();
    number(first).map(Some)
}
