//! The log as a whole: which events there are to look at, and what each of them says.

mod sets;
mod shown;
mod wanted;

pub(crate) use self::sets::{CATEGORIES, stored_names};
pub(crate) use self::shown::{Shown, StoredAs, Today, shown, today};
pub(crate) use self::wanted::Wanted;
