//! Reads show the log as it was at some time, all of it that was asked for.

use std::cmp::Ordering;

use eventsourcing::{Direction, Position, StreamHead, StreamId, Version};

use super::log::{Log, Moments};
use super::matches::Matches;
use super::order::Claim;
use super::{Role, Violation, ViolationKind as Kind};
use crate::history::call::{Asked, LogRead, Seen, StreamRead};

pub(super) fn check<'a>(
    asked: &'a Asked,
    log: &Log<'a>,
    matches: &mut Matches<'a>,
) -> Result<Option<Claim>, Violation> {
    let moments = match asked {
        Asked::Append(_) | Asked::Failed(_) => return Ok(None),
        Asked::Head(head) => Moments::while_at(log.commits_up_to(*head)?),
        Asked::Watched(head) => match log.commits_up_to(*head)?.checked_sub(1) {
            Some(commit) => Moments::since(commit),
            None => Moments::always(),
        },
        Asked::StreamHead(stream, head) => stream_head(stream, *head, log)?,
        Asked::ReadAll(read) => read_all(read, log, matches)?,
        Asked::ReadStream(read) => read_stream(read, log)?,
    };
    Ok(Some(Claim {
        moments,
        role: Role::Read,
    }))
}

fn stream_head(
    stream: &StreamId,
    head: Option<StreamHead>,
    log: &Log<'_>,
) -> Result<Moments, Violation> {
    let Some(StreamHead { version, position }) = head else {
        return log.stream_at(stream, Version::EMPTY);
    };
    let moments = log.stream_at(stream, version)?;
    let event = log.at(position).map(|index| &log.events[index]);
    if event.is_some_and(|event| event.stream == *stream && event.version == version) {
        return Ok(moments);
    }
    let what = format!("version {version} of `{stream}` is not at position {position}");
    Err(Violation::new(Kind::Phantom, what))
}

fn bad_page(what: String) -> Violation {
    Violation::new(Kind::BadPage, what)
}

fn read_all<'a>(
    read: &'a LogRead,
    log: &Log<'a>,
    matches: &mut Matches<'a>,
) -> Result<Moments, Violation> {
    let moments = Moments::while_at(log.commits_up_to(read.head)?);
    let (after, head) = (read.after, read.head);
    let Some(next) = read.next else {
        if after > head {
            return Ok(moments);
        }
        return Err(bad_page(format!(
            "{after} was refused as beyond the head, {head}"
        )));
    };
    if read.events.len() > read.limit || next > head || (next <= after && next != head) {
        let (count, limit) = (read.events.len(), read.limit);
        return Err(bad_page(format!(
            "a page of {count} events of {limit}, from {after} to {next} of {head}"
        )));
    }
    let (from, to) = (log.behind(after), log.behind(next));
    let found = matches.of(&read.filter);
    let start = found.partition_point(|index| *index < from);
    let end = found.partition_point(|index| *index < to);
    same(&read.events, found[start..end].iter().copied(), log)?;
    Ok(moments)
}

fn read_stream(read: &StreamRead, log: &Log<'_>) -> Result<Moments, Violation> {
    let StreamRead {
        stream,
        range,
        events,
        head,
        ..
    } = read;
    let moments = log.stream_at(stream, *head)?;
    let indices = log.streams.get(stream).map_or(&[][..], Vec::as_slice);
    let index = |version: u64| usize::try_from(version).unwrap_or(usize::MAX);
    // As indices into the stream: from `start` to before `end`.
    let end = index(range.to.get().min(head.get()));
    let start = index(range.from.get().max(1) - 1).min(end);
    let (wanted, count) = (&indices[start..end], events.len());
    if count > range.limit {
        let limit = range.limit;
        return Err(bad_page(format!("a page of {count} events of {limit}")));
    }
    let page = count.min(wanted.len());
    match range.direction {
        Direction::Forward => same(events, wanted[..page].iter().copied(), log)?,
        Direction::Backward => {
            let page = &wanted[wanted.len() - page..];
            same(events, page.iter().rev().copied(), log)?;
        }
    }
    if read.broken_off {
        return Ok(moments);
    }
    // What is left must be what the page leads on to.
    let left = match range.direction {
        Direction::Forward => start + page..end,
        Direction::Backward => start..end - page,
    };
    let led = read.next.map(|next| {
        let end = index(next.to.get().min(head.get()));
        index(next.from.get().max(1) - 1).min(end)..end
    });
    match led {
        None if left.is_empty() => Ok(moments),
        Some(led) if count > 0 && led == left && !left.is_empty() => Ok(moments),
        None => {
            let what = format!(
                "version {} of `{stream}` is missing, and the page leads no further",
                left.start + 1
            );
            Err(Violation::new(Kind::Skipped, what))
        }
        Some(led) => Err(bad_page(format!(
            "behind {count} events the versions {left:?} of `{stream}` are left, counted from 0, but it leads to {led:?}"
        ))),
    }
}

/// Checks that just these events were shown.
fn same(seen: &[Seen], there: impl Iterator<Item = usize>, log: &Log<'_>) -> Result<(), Violation> {
    let mut seen = seen.iter();
    let missing = |position: Position| {
        let what = format!("position {position} was not shown");
        Violation::new(Kind::Skipped, what)
    };
    for index in there {
        let position = log.events[index].position;
        let Some(shown) = seen.next() else {
            return Err(missing(position));
        };
        if shown.digest == log.digests[index] {
            continue;
        }
        return Err(match shown.position.cmp(&position) {
            Ordering::Equal => {
                let what = format!("position {position} was shown with other content");
                Violation::new(Kind::Altered, what)
            }
            _ if log.at(shown.position).is_none() => phantom(shown.position),
            Ordering::Greater => missing(position),
            Ordering::Less => phantom(shown.position),
        });
    }
    seen.next()
        .map_or(Ok(()), |shown| Err(phantom(shown.position)))
}

fn phantom(position: Position) -> Violation {
    let what = format!("position {position} was shown, but is not in the log or was not asked for");
    Violation::new(Kind::Phantom, what)
}
