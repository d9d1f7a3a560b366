//! The aggregates of one store, and how requests reach them, each at most once.

use std::sync::Arc;

use eventsourcing::{
    Aggregate, AppendCondition, Command, CommitId, EventSourced, EventStore, EventStoreExt,
    ExecuteError, ExecuteOptions, LoadError, Metadata, Position, ReadModels, RepositoryExt,
    SnapshotStore, Version,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clerks::Clerks;
use crate::domain::fulfilment::{Fulfilment, Progress};
use crate::domain::order::Order;
use crate::domain::payment::Payment;
use crate::domain::product::Product;
use crate::domain::user::User;
use crate::error::{Error, Refusal, StartError};
use crate::read::ReadSide;

/// A repository over whichever store was opened.
pub(crate) type Aggregates<A> = EventSourced<A, Arc<dyn EventStore>>;

/// Everything that requests are about.
#[derive(Clone)]
pub(crate) struct Shop {
    store: Arc<dyn EventStore>,
    pub(crate) users: Aggregates<User>,
    pub(crate) products: Aggregates<Product>,
    pub(crate) orders: Aggregates<Order>,
    pub(crate) payments: Aggregates<Payment>,
    pub(crate) read: ReadSide,
}

/// By what a repeated request is known.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The client's idempotency key; without one every request is another.
    pub(crate) key: Option<String>,
    /// Stands for everything the client asked for. It is stored with the events, so that a key which comes with
    /// something else is noticed for good.
    pub(crate) fingerprint: String,
}

/// What a request has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    /// The aggregate's version.
    pub(crate) version: Version,
    /// Whoever has read up to here has seen it.
    pub(crate) position: Position,
    /// Whether it had been done before, under the same key.
    pub(crate) replayed: bool,
}

impl Shop {
    /// Aggregates that are loaded again and again stay in memory, up to this many of each kind.
    const CACHED: usize = 10_000;
    const SNAPSHOT_EVERY: u64 = 100;
    /// The header of a commit that tells which request it comes from.
    const FINGERPRINT: &str = "request";

    /// Begins to work on a store, unless a newer program has written what this one cannot read.
    pub(crate) async fn start<S: EventStore + SnapshotStore + Clone>(
        store: S,
        models: ReadModels,
        fulfilment: Fulfilment,
    ) -> Result<Self, StartError> {
        let snapshots: Arc<dyn SnapshotStore> = Arc::new(store.clone());
        let store: Arc<dyn EventStore> = Arc::new(store);
        let users = aggregates::<User>(&store, &snapshots);
        let clerks = Clerks {
            products: aggregates(&store, &snapshots),
            orders: aggregates(&store, &snapshots),
            payments: aggregates(&store, &snapshots),
        };
        users.check().await?;
        clerks.products.check().await?;
        clerks.orders.check().await?;
        clerks.payments.check().await?;
        EventSourced::<Progress, _>::new(store.clone())
            .check()
            .await?;
        Ok(Self {
            users,
            products: clerks.products.clone(),
            orders: clerks.orders.clone(),
            payments: clerks.payments.clone(),
            read: ReadSide::start(store.clone(), models, fulfilment, clerks)?,
            store,
        })
    }

    /// Where the log ends.
    pub(crate) async fn head(&self) -> Result<Position, Error> {
        Ok(self.store.head().await?)
    }

    /// Executes the command that a request stands for, once per key.
    pub(crate) async fn execute<A, C>(
        &self,
        aggregates: &Aggregates<A>,
        command: C,
        request: &Request,
        condition: Option<AppendCondition>,
    ) -> Result<Done, Error>
    where
        A: Aggregate,
        A::Error: Into<Refusal>,
        C: Command<Aggregate = A> + Clone + Sync,
    {
        let subject = format!("{} {}", A::NAME, command.target());
        let fingerprint = request.fingerprint.clone();
        // A process has keys of its own; no client can take one of them away.
        let key = request.key.as_deref().map(|key| format!("request:{key}"));
        let options = ExecuteOptions {
            idempotency_key: key.clone(),
            condition,
            metadata: Metadata::new().with_header(Self::FINGERPRINT, fingerprint),
            ..ExecuteOptions::default()
        };
        let outcome = match aggregates.execute_with(command, options).await {
            Ok(outcome) => outcome,
            Err(ExecuteError::Load(LoadError::OtherStream { .. })) => return Err(reused(request)),
            Err(error) => return Err(Error::of(subject, error)),
        };
        if let Some(key) = key.filter(|_| outcome.duplicate)
            && self.fingerprint(&key).await?.as_ref() != Some(&request.fingerprint)
        {
            return Err(reused(request));
        }
        Ok(Done {
            version: outcome.version,
            position: match outcome.receipt {
                Some(receipt) => receipt.last,
                None => self.head().await?,
            },
            replayed: outcome.duplicate,
        })
    }

    /// Which request the commit under a key came from.
    async fn fingerprint(&self, key: &str) -> Result<Option<String>, Error> {
        let found = self.store.find_commit(CommitId::from_key(key)).await?;
        let event = found.and_then(|found| found.events.into_iter().next());
        Ok(event.and_then(|event| event.metadata.headers.get(Self::FINGERPRINT).cloned()))
    }

    /// Ends what goes on in the background.
    pub(crate) async fn finish(&self) {
        self.read.shutdown().await;
        self.users.flush_snapshots().await;
        self.products.flush_snapshots().await;
        self.orders.flush_snapshots().await;
        self.payments.flush_snapshots().await;
    }
}

fn aggregates<A: Aggregate + Clone + Serialize + DeserializeOwned>(
    store: &Arc<dyn EventStore>,
    snapshots: &Arc<dyn SnapshotStore>,
) -> Aggregates<A> {
    EventSourced::new(store.clone())
        .cached(Shop::CACHED)
        .snapshots_in(snapshots.clone(), Shop::SNAPSHOT_EVERY)
}

fn reused(request: &Request) -> Error {
    Error::KeyReused(request.key.clone().unwrap_or_default())
}
