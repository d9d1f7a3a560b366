use std::convert::Infallible;
use std::error::Error;

use eventsourcing::{
    Aggregate, Apply, Command, Context, Event, EventStore, Events, Filter, FormatId, Handle, MemoryStore, Position,
    Repository, RepositoryExt, Schema, events,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Schema)]
struct Charged {
    cents: u64,
}

#[derive(Debug, Clone, PartialEq, Event)]
enum AccountEvent {
    #[es(name = "account.charged")]
    Charged(Charged),
}

#[derive(Debug, Default, Clone, Serialize, Deserialize, Aggregate)]
#[es(name = "account", id = u64, event = AccountEvent, error = Infallible)]
struct Account {
    charged: u64,
}

impl Apply<Charged> for Account {
    fn apply(&mut self, event: Charged) {
        self.charged += event.cents;
    }
}

#[derive(Debug, Clone, Command)]
#[es(aggregate = Account)]
struct Charge {
    #[es(id)]
    account: u64,
    cents: u64,
}

impl Handle<Charge> for Account {
    fn handle(&self, charge: Charge, _: &Context) -> Result<Events<AccountEvent>, Infallible> {
        Ok(events![Charged { cents: charge.cents }])
    }
}

#[tokio::test]
async fn both_formats_read_as_one() -> Result<(), Box<dyn Error>> {
    let store = std::sync::Arc::new(MemoryStore::new());
    {
        use eventsourcing::{EventSourced, Json};
        let json = EventSourced::<Account, _, _>::with_format(store.clone(), Json);
        json.execute(Charge { account: 7, cents: 50 }).await?;
    }
    let log = store.clone();
    // the guide
    let page = log.read_all(Position::START, &Filter::all(), 10).await?;
    let formats: Vec<FormatId> = page.events.iter().map(|event| event.format).collect();
    assert_eq!(formats, [FormatId::JSON, FormatId::CBOR]);
    Ok(())
}
