//! An index of any rows.

use std::cell::OnceCell;

use eventsourcing::CommitId;
use uuid::Uuid;

use super::directory::Directory;
use crate::index::{self, Engine, Keys, ListKey, keys};
use crate::log::Input;

thread_local! {
    /// One database for all inputs: opening one takes longer than looking at it.
    static ENGINE: OnceCell<(Engine, Directory)> = const { OnceCell::new() };
}

/// Rows as long as these are never written.
const MAX_ROW: usize = 6 << 10;

/// The input is a number of rows, then the numbers to look for.
pub(super) fn body(input: &[u8]) {
    ENGINE.with(|engine| {
        let (engine, _) = engine.get_or_init(|| {
            let dir = Directory::new();
            let engine = Engine::open(dir.path(), 1 << 20).expect("an engine");
            (engine, dir)
        });
        clear(engine);
        let mut input = Input::new(input);
        let list = Keys::default();
        let lists = [list.stream("account-1"), list.tag("user:ada")];
        let rows = input.byte().unwrap_or_default() % 16;
        for _ in 0..rows {
            if insert_row(engine, &lists, &mut input).is_none() {
                break;
            }
        }
        let mut number = || input.array().map_or(1, u64::from_le_bytes);
        let (from, to) = (number(), number());
        for list in &lists {
            index::look_up(engine, list, from.max(1), to);
        }
        let id = CommitId::from_uuid(Uuid::from_u64_pair(from, to));
        index::look_up_commit(engine, id);
    });
}

fn clear(engine: &Engine) {
    let mut rows = Vec::new();
    let all: Result<(), index::EngineError> = engine.scan(&[][..]..=&[0xff; 64][..], |key, _| {
        rows.push(key.to_vec());
        Ok(())
    });
    all.expect("a scan");
    for key in rows {
        engine.remove(&key).expect("a removal");
    }
}

fn insert_row(engine: &Engine, lists: &[ListKey; 2], input: &mut Input<'_>) -> Option<()> {
    let kind = input.byte()?;
    let mut key = match kind % 4 {
        0 | 1 => lists[usize::from(kind % 4)].row(u64::from_le_bytes(input.array()?)),
        2 => keys::commits(CommitId::from_uuid(Uuid::from_bytes(input.array()?))).to_vec(),
        _ => input.slice()?.to_vec(),
    };
    if kind & 0x40 != 0 {
        // A key that is longer or shorter than it should be.
        key.extend_from_slice(input.slice()?);
    } else if kind & 0x80 != 0 {
        key.truncate(usize::from(input.byte()?));
    }
    let value = input.slice()?;
    if key.is_empty() || key.len() > 64 || value.len() > MAX_ROW {
        return Some(());
    }
    engine.insert(&key, value).ok()
}
