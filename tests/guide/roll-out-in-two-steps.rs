use eventsourcing::{Downcast, Event, FormatError, Json, NewEvent, Schema, UpcastError};
use serde::{Deserialize, Serialize};

#[test]
fn the_older_version_is_written() -> Result<(), FormatError> {
    // the guide
    Ok(())
}
