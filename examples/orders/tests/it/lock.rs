//! Events of every generation are stored as they were released.

use orders::domain::fulfilment::FulfilmentEvent;
use orders::domain::order::OrderEvent;
use orders::domain::payment::PaymentEvent;
use orders::domain::product::ProductEvent;
use orders::domain::user::UserEvent;

eventsourcing::events_lock!(
    "events.lock",
    [
        UserEvent,
        ProductEvent,
        OrderEvent,
        PaymentEvent,
        FulfilmentEvent
    ]
);
