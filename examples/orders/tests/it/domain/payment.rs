//! Payments.

use eventsourcing::{FormatId, events};
use eventsourcing_testkit::{Given, given};
use orders::domain::payment::{
    CapturePayment, Captured, Payment, PaymentError, Refunded, RefusePayment, Refused,
    RequestPayment, Requested, Status, Voided, WithdrawPayment,
};
use orders::domain::{Currency, Money, OrderId};

const AMOUNT: Money = Money::new(2_500, Currency::Eur);

fn order() -> OrderId {
    OrderId::for_request(Some("order"))
}

fn request() -> RequestPayment {
    let (order, amount) = (order(), AMOUNT);
    RequestPayment { order, amount }
}

fn capture(reference: &str) -> CapturePayment {
    let (order, reference) = (order(), reference.into());
    CapturePayment { order, reference }
}

fn refuse(why: &str) -> RefusePayment {
    let (order, why) = (order(), why.into());
    RefusePayment { order, why }
}

fn withdraw() -> WithdrawPayment {
    WithdrawPayment { order: order() }
}

fn requested() -> Given<Payment> {
    given::<Payment>().event(Requested { amount: AMOUNT })
}

fn captured() -> Given<Payment> {
    let reference = "17".into();
    requested().event(Captured { reference })
}

fn refused() -> Given<Payment> {
    let why = "no funds".into();
    requested().event(Refused { why })
}

#[test]
fn a_payment_is_asked_for_once() {
    given::<Payment>()
        .when(request())
        .then(events![Requested { amount: AMOUNT }])
        .then_state(|payment| payment.amount() == AMOUNT);
    requested().when(request()).then_nothing();
    captured().when(request()).then_nothing();
}

#[test]
fn the_provider_tells_what_came_of_it() {
    let (reference, why) = ("17".to_owned(), "no funds".to_owned());
    requested()
        .when(capture("17"))
        .then(events![Captured { reference }])
        .then_state(|payment| payment.reference() == Some("17"));
    requested()
        .when(refuse("no funds"))
        .then(events![Refused { why }]);
    // Providers say everything at least once.
    captured().when(capture("17")).then_nothing();
    refused().when(refuse("no funds")).then_nothing();
}

#[test]
fn what_is_decided_stays() {
    let settled = |status| PaymentError::Settled(status);
    captured()
        .when(capture("18"))
        .then_error(settled(Status::Captured));
    captured()
        .when(refuse("x"))
        .then_error(settled(Status::Captured));
    refused()
        .when(capture("17"))
        .then_error(settled(Status::Refused));
    requested()
        .event(Voided {})
        .when(capture("17"))
        .then_error(settled(Status::Voided));
    captured()
        .event(Refunded { amount: AMOUNT })
        .when(capture("17"))
        .then_error(settled(Status::Refunded));
    given::<Payment>()
        .when(capture("17"))
        .then_error(PaymentError::Unknown);
    given::<Payment>()
        .when(refuse("x"))
        .then_error(PaymentError::Unknown);
}

#[test]
fn a_payment_is_taken_back_as_far_as_it_has_come() {
    requested().when(withdraw()).then(events![Voided {}]);
    captured()
        .when(withdraw())
        .then(events![Refunded { amount: AMOUNT }])
        .then_state(|payment| payment.status() == Status::Refunded);
    refused().when(withdraw()).then_nothing();
    given::<Payment>().when(withdraw()).then_nothing();
    captured()
        .event(Refunded { amount: AMOUNT })
        .when(withdraw())
        .then_nothing();
}

#[test]
fn texts_are_one_line() {
    for text in ["", " ", "a\nb", &"x".repeat(201)] {
        requested()
            .when(capture(text))
            .then_error(PaymentError::Text("reference"));
        requested()
            .when(refuse(text))
            .then_error(PaymentError::Text("reason"));
    }
}

#[test]
fn the_first_generation_called_it_received() {
    requested()
        .stored(
            "payment.received",
            1,
            FormatId::JSON,
            br#"{"reference":"17"}"#,
        )
        .then_state(|payment| payment.status() == Status::Captured);
}
