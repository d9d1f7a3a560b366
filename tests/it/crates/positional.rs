// An additive version, read in a format that stores no field names.

use eventsourcing::{Event, Format, FormatError, FormatId, RecordedEvent};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Charged {
    pub cents: u64,
}

#[derive(Event)]
#[es(dispatch = none)]
pub enum FeeEvent {
    #[es(name = "fee.charged", version = 2, from(v1 = _))]
    Charged(Charged),
}

pub struct Positional;

impl Format for Positional {
    const ID: FormatId = FormatId::new(200);
    const NAMED: bool = false;

    fn encode<T: Serialize + ?Sized>(&self, _: &T, _: &mut Vec<u8>) -> Result<(), FormatError> {
        Ok(())
    }

    fn decode<'de, T: Deserialize<'de>>(
        &self,
        stored: FormatId,
        _: &'de [u8],
    ) -> Result<T, FormatError> {
        Err(FormatError::Foreign { stored, reader: Self::ID })
    }
}

pub fn read(event: &RecordedEvent) -> bool {
    event.decode::<FeeEvent>(&Positional).is_ok()
}
