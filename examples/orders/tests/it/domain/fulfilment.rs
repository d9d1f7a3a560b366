//! What leads orders to their end: reactions, without anything that carries them out.

use std::sync::Arc;
use std::time::Duration;

use eventsourcing::{
    Apply, Clock, Commit, Correlation, Event, EventStore, ExpectedVersion, Filter, Json,
    MemoryStore, NewEvent, Position, ProcessContext, ProcessManager, Reaction, RecordedEvent,
    StreamId, TimerChange, Timestamp,
};
use eventsourcing_testkit::ManualClock;
use orders::domain::fulfilment::{Fulfilment, FulfilmentEvent, Progress, Task};
use orders::domain::order::{Cancelled, Line, OrderEvent, Placed, Reason, Shipped};
use orders::domain::payment::{Captured, PaymentEvent, Refused};
use orders::domain::product::{ProductEvent, ReservationRefused, StockReserved};
use orders::domain::{Currency, Money, OrderId, Sku, UserId};

const FULFILMENT: Fulfilment = Fulfilment {
    payment_deadline: Duration::from_secs(60),
};
const TOTAL: Money = Money::new(5_000, Currency::Eur);

fn order() -> OrderId {
    OrderId::for_request(Some("order"))
}

fn sku(text: &str) -> Sku {
    text.parse().expect("a number")
}

/// An order on its way.
struct Walk {
    log: MemoryStore,
    clock: ManualClock,
    progress: Progress,
}

impl Walk {
    /// An order for two of tea and three of rum, and what it leads to.
    async fn start() -> (Self, Reaction<Fulfilment>) {
        let clock = ManualClock::new(ManualClock::START);
        let mut walk = Self {
            log: MemoryStore::with_clock(Arc::new(clock.clone())),
            clock,
            progress: Progress::default(),
        };
        let price = Money::new(1_000, Currency::Eur);
        let line = |product: &str, quantity| Line {
            product: sku(product),
            quantity,
            price,
        };
        let placed = Placed {
            user: UserId::for_request(Some("ada")),
            lines: vec![line("tea", 2), line("rum", 3)],
            total: TOTAL,
        };
        let begun = walk.order(placed).await;
        (walk, begun)
    }

    async fn order(&mut self, event: impl Into<OrderEvent>) -> Reaction<Fulfilment> {
        let stream = format!("order-{}", order());
        self.sees(&stream, event.into()).await
    }

    async fn payment(&mut self, event: impl Into<PaymentEvent>) -> Reaction<Fulfilment> {
        let stream = format!("payment-{}", order());
        self.sees(&stream, event.into()).await
    }

    async fn product(
        &mut self,
        product: &str,
        event: impl Into<ProductEvent>,
    ) -> Reaction<Fulfilment> {
        let stream = format!("product-{product}");
        self.sees(&stream, event.into()).await
    }

    async fn reserved(&mut self, product: &str) -> Reaction<Fulfilment> {
        let event = StockReserved {
            order: order(),
            quantity: 1,
        };
        self.product(product, event).await
    }

    async fn missing(&mut self, product: &str) -> Reaction<Fulfilment> {
        let event = ReservationRefused {
            order: order(),
            quantity: 1,
            available: 0,
        };
        self.product(product, event).await
    }

    /// Reacts to an event, a second after the one before, and takes in what the reaction says of the process itself.
    async fn sees(&mut self, stream: &str, event: impl Event) -> Reaction<Fulfilment> {
        self.clock.advance(Duration::from_secs(1));
        let recorded = self.record(stream, &event).await;
        let context = ProcessContext::of_event(&recorded);
        let parts = recorded.view::<<Fulfilment as ProcessManager>::View>(&Json);
        let mut parts = parts.expect("readable").into_vec();
        let seen = parts.pop().expect("one event");
        assert_eq!(
            FULFILMENT.correlate(&seen, &context).instance(),
            Some(&order())
        );
        let reaction = FULFILMENT.react(&self.progress, seen, &context);
        let reaction = reaction.expect("a reaction");
        for event in reaction.events() {
            match event.clone() {
                FulfilmentEvent::Started(event) => self.progress.apply(event),
                FulfilmentEvent::StockAnswered(event) => self.progress.apply(event),
            }
        }
        reaction
    }

    async fn record(&self, stream: &str, event: &impl Event) -> RecordedEvent {
        let stream: StreamId = stream.parse().expect("a stream");
        let event = NewEvent::encode(event, &Json).expect("encodes");
        let commit = Commit::new().append(stream, ExpectedVersion::Any, vec![event]);
        self.log.append(commit).await.expect("appended");
        let page = self
            .log
            .read_all(Position::START, &Filter::all(), 100)
            .await;
        let mut events = page.expect("readable").events;
        events.pop().expect("an event")
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn cancel(reason: Reason) -> Task {
    let order = order();
    Task::Cancel { order, reason }
}

#[tokio::test]
async fn each_line_is_put_aside_then_the_money_is_asked_for() {
    let (mut walk, begun) = Walk::start().await;
    let reserve = |product, quantity| Task::Reserve {
        order: order(),
        product: sku(product),
        quantity,
    };
    assert_eq!(begun.commands(), [reserve("tea", 2), reserve("rum", 3)]);
    assert!(walk.reserved("rum").await.commands().is_empty());
    // The same again, or another product, is no answer to anything.
    assert!(walk.reserved("rum").await.is_none());
    assert!(walk.reserved("gin").await.is_none());

    let asked = walk.reserved("tea").await;
    let (order, amount) = (order(), TOTAL);
    assert_eq!(asked.commands(), [Task::RequestPayment { order, amount }]);
    let [TimerChange::Set { name, at }] = asked.timers() else {
        panic!("{asked:?}");
    };
    assert_eq!(*at, walk.now() + FULFILMENT.payment_deadline);

    let paid = walk
        .payment(Captured {
            reference: "r".into(),
        })
        .await;
    assert_eq!(paid.commands(), [Task::Ship { order }]);
    let name = name.clone();
    assert_eq!(paid.timers(), [TimerChange::Cancel { name }]);
    let shipped = walk.order(Shipped {}).await;
    let dispatch = |product| Task::Dispatch {
        order,
        product: sku(product),
    };
    assert_eq!(shipped.commands(), [dispatch("tea"), dispatch("rum")]);
    assert!(shipped.is_finished());
}

#[tokio::test]
async fn what_is_missing_ends_the_order_once_all_have_answered() {
    let (mut walk, _) = Walk::start().await;
    assert!(walk.missing("tea").await.commands().is_empty());
    let reason = Reason::OutOfStock {
        product: sku("tea"),
    };
    let last = walk.reserved("rum").await;
    assert_eq!(last.commands(), [cancel(reason.clone())]);
    assert!(last.timers().is_empty(), "{last:?}");

    let cancelled = walk.order(Cancelled { reason }).await;
    let order = order();
    let release = |product| Task::Release {
        order,
        product: sku(product),
    };
    let all_back = [
        release("tea"),
        release("rum"),
        Task::WithdrawPayment { order },
    ];
    assert_eq!(cancelled.commands(), all_back);
    assert!(cancelled.is_finished());
}

#[tokio::test]
async fn without_the_money_the_order_ends() {
    let (mut walk, _) = Walk::start().await;
    for product in ["tea", "rum"] {
        let answered = walk.reserved(product).await;
        assert_eq!(answered.events().len(), 1, "{answered:?}");
    }
    let late = ProcessContext::of_timer(walk.now());
    let late = FULFILMENT.on_timer(&walk.progress, "payment overdue", &late);
    let late = late.expect("a reaction");
    assert_eq!(late.commands(), [cancel(Reason::PaymentOverdue)]);
    let why = "no funds".to_owned();
    let refused = walk.payment(Refused { why: why.clone() }).await;
    assert_eq!(refused.commands(), [cancel(Reason::PaymentRefused { why })]);
    // The order had been cancelled or shipped meanwhile, which tells the rest.
    let context = ProcessContext::of_timer(walk.now());
    let task = &refused.commands()[0];
    let after = FULFILMENT.on_refused(&walk.progress, task, "is shipped already", &context);
    assert!(after.expect("a reaction").is_none());
}

#[tokio::test]
async fn only_what_is_placed_starts_the_process() {
    let (walk, _) = Walk::start().await;
    let (stream, shipped) = (format!("order-{}", order()), OrderEvent::from(Shipped {}));
    let recorded = walk.record(&stream, &shipped).await;
    let context = ProcessContext::of_event(&recorded);
    let parts = recorded.view::<<Fulfilment as ProcessManager>::View>(&Json);
    let seen = parts
        .expect("readable")
        .into_vec()
        .pop()
        .expect("one event");
    assert_eq!(
        FULFILMENT.correlate(&seen, &context),
        Correlation::Continue(order())
    );
}
