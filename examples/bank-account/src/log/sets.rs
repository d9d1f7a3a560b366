//! The event sets of the program, and the names that their events are stored under.

use eventsourcing::{Aggregate, Event, OperatorEvent};

use crate::domain::dormancy::{DormancyEvent, Watch};
use crate::domain::transfer::{Transfer, TransferEvent};
use crate::domain::{Account, AccountEvent};
use crate::error::Error;

/// Whose events are shown. What process managers note for themselves is left out.
pub(crate) const CATEGORIES: [&str; 4] = [Account::NAME, Transfer::NAME, Watch::NAME, OPERATORS];

/// What operators do about projections.
pub(super) const OPERATORS: &str = "projection";

/// All names under which events of this type of today may be stored, its own included.
pub(crate) fn stored_names(today: &str) -> Result<Vec<&'static str>, Error> {
    let sets = [
        of_set::<AccountEvent>,
        of_set::<TransferEvent>,
        of_set::<DormancyEvent>,
        of_set::<OperatorEvent>,
    ];
    let mut known = Vec::new();
    for set in sets {
        match set(today) {
            Found::Names(names) => return Ok(names),
            Found::Former(now) => {
                let (name, now) = (today.into(), now.join(" and "));
                return Err(Error::FormerType { name, now });
            }
            Found::None(others) => known.extend(others),
        }
    }
    let name = today.into();
    Err(Error::UnknownType { name, known })
}

/// What a set knows of a name.
enum Found {
    /// It is one of today's.
    Names(Vec<&'static str>),
    /// It is an earlier name of these, of none if it was retired.
    Former(Vec<&'static str>),
    /// Nothing; these are today's.
    None(Vec<&'static str>),
}

fn of_set<E: Event>(name: &str) -> Found {
    let today = |index: usize| E::TYPES[index].name;
    if let Some(wanted) = E::TYPES.iter().position(|known| known.name == name) {
        let read_so = E::STORED
            .iter()
            .filter(|stored| stored.read_as().any(|index| index == wanted));
        let mut names: Vec<_> = read_so.map(|stored| stored.name).collect();
        names.dedup();
        return Found::Names(names);
    }
    let former = E::STORED.iter().filter(|stored| stored.name == name);
    match former.clone().next() {
        Some(_) => {
            let mut now: Vec<_> = former
                .flat_map(|stored| stored.read_as().map(today))
                .collect();
            now.dedup();
            Found::Former(now)
        }
        None => Found::None(E::TYPES.iter().map(|known| known.name).collect()),
    }
}
