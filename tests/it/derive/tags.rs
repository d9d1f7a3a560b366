//! Tags of typed events.

use eventsourcing::{Event, InvalidTag, Json, NewEvent, Tag};
use serde::{Deserialize, Serialize};

#[test]
fn a_function_gives_the_tags() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Named {
        name: String,
    }

    #[derive(Debug, Clone, PartialEq, Event)]
    #[es(tags = marks)]
    enum UserEvent {
        #[es(name = "user.named")]
        Named(Named),
    }

    fn marks(event: &UserEvent) -> Result<Vec<Tag>, InvalidTag> {
        let UserEvent::Named(named) = event;
        Ok(vec![Tag::new(&named.name)?])
    }

    let named = |name: &str| UserEvent::from(Named { name: name.into() });
    let event = NewEvent::encode(&named("ada"), &Json).expect("an event");
    assert_eq!(event.tags, [Tag::new("ada").expect("a tag")]);
    let error = NewEvent::encode(&named(""), &Json).expect_err("no tag");
    assert!(error.to_string().contains("is not a tag"), "{error}");
}
