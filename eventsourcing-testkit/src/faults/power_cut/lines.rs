//! The lines of a trace, put together to system calls.

use std::collections::HashMap;

/// A system call as strace prints it: the arguments and the result as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) thread: String,
    pub(super) name: String,
    pub(super) args: String,
    /// `None` if it never came back.
    pub(super) result: Option<String>,
}

/// A call begins or has ended. Between the two, calls of other threads may begin and end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The arguments may be incomplete, as far as the call only returns them.
    Begins(Call),
    Ended(Call),
}

/// Puts lines together.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Calls that have not ended, by thread.
    unfinished: HashMap<String, (String, String)>,
}

impl Lines {
    /// The moments that a line tells of.
    ///
    /// # Errors
    /// If this is no line of a trace.
    pub(super) fn read(&mut self, line: &str) -> Result<Vec<Moment>, String> {
        let (thread, text) = line.split_once(' ').ok_or("a line without a thread")?;
        let text = text.trim();
        if text.starts_with("+++") || text.starts_with("---") {
            return Ok(Vec::new());
        }
        if let Some(rest) = text.strip_prefix("<... ") {
            let (name, rest) = rest
                .split_once(" resumed>")
                .ok_or("a call that is resumed, without its name")?;
            let (begun, mut args) = self
                .unfinished
                .remove(thread)
                .ok_or("a call is resumed that has not begun")?;
            if begun != name {
                return Err(format!("`{name}` is resumed where `{begun}` had begun"));
            }
            let rest = rest.replace(" <unfinished ...>", "");
            let (tail, result) = split_result(&rest)?;
            args.push_str(tail);
            let (thread, name) = (thread.to_owned(), begun);
            return Ok(vec![Moment::Ended(Call {
                thread,
                name,
                args,
                result,
            })]);
        }
        let (name, rest) = text.split_once('(').ok_or("a line without a call")?;
        let (thread, name) = (thread.to_owned(), name.to_owned());
        if let Some(args) = rest.strip_suffix("<unfinished ...>") {
            let args = args.trim_end().to_owned();
            let known = (name.clone(), args.clone());
            self.unfinished.insert(thread.clone(), known);
            let result = None;
            return Ok(vec![Moment::Begins(Call {
                thread,
                name,
                args,
                result,
            })]);
        }
        let (args, result) = split_result(rest)?;
        let args = args.to_owned();
        let call = Call {
            thread,
            name,
            args,
            result,
        };
        Ok(vec![Moment::Begins(call.clone()), Moment::Ended(call)])
    }
}

/// Splits `args) = result`.
fn split_result(text: &str) -> Result<(&str, Option<String>), String> {
    let (args, result) = text.rsplit_once(" = ").ok_or("a call without a result")?;
    let args = args.trim_end().strip_suffix(')');
    let args = args.ok_or("a call without an end")?;
    let result = (result != "?").then(|| result.to_owned());
    Ok((args, result))
}
