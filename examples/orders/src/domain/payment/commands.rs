//! What can be asked of a payment, and the rules.

use eventsourcing::{Command, Context, Events, Handle, events};

use super::{
    Captured, Payment, PaymentError, PaymentEvent, Refunded, Refused, Requested, Status, Voided,
};
use crate::domain::{Money, OrderId, is_one_line};

/// Ask for the money.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Payment)]
pub struct RequestPayment {
    /// For which order.
    #[es(id)]
    pub order: OrderId,
    /// How much.
    pub amount: Money,
}

/// The money is there. Saying so again under the same reference changes nothing.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Payment)]
pub struct CapturePayment {
    /// For which order.
    #[es(id)]
    pub order: OrderId,
    /// The provider's name for it.
    pub reference: String,
}

/// The money will not come.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Payment)]
pub struct RefusePayment {
    /// For which order.
    #[es(id)]
    pub order: OrderId,
    /// Why.
    pub why: String,
}

/// The order has ended: ask no longer, or give the money back. Nothing if there is nothing to take back.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Payment)]
pub struct WithdrawPayment {
    /// For which order.
    #[es(id)]
    pub order: OrderId,
}

type Decision = Result<Events<PaymentEvent>, PaymentError>;

impl Handle<RequestPayment> for Payment {
    fn handle(&self, command: RequestPayment, _: &Context) -> Decision {
        if self.status != Status::Unrequested {
            return Ok(Events::none());
        }
        let amount = command.amount;
        Ok(events![Requested { amount }])
    }
}

impl Handle<CapturePayment> for Payment {
    fn handle(&self, command: CapturePayment, _: &Context) -> Decision {
        let reference = command.reference;
        if !is_one_line(&reference, Payment::MAX_TEXT_BYTES) {
            return Err(PaymentError::Text("reference"));
        }
        match self.status {
            Status::Unrequested => Err(PaymentError::Unknown),
            Status::Requested => Ok(events![Captured { reference }]),
            Status::Captured if self.reference() == Some(&reference) => Ok(Events::none()),
            settled => Err(PaymentError::Settled(settled)),
        }
    }
}

impl Handle<RefusePayment> for Payment {
    fn handle(&self, command: RefusePayment, _: &Context) -> Decision {
        let why = command.why;
        if !is_one_line(&why, Payment::MAX_TEXT_BYTES) {
            return Err(PaymentError::Text("reason"));
        }
        match self.status {
            Status::Unrequested => Err(PaymentError::Unknown),
            Status::Requested => Ok(events![Refused { why }]),
            Status::Refused => Ok(Events::none()),
            settled => Err(PaymentError::Settled(settled)),
        }
    }
}

impl Handle<WithdrawPayment> for Payment {
    fn handle(&self, _: WithdrawPayment, _: &Context) -> Decision {
        let amount = self.amount;
        Ok(match self.status {
            Status::Requested => events![Voided {}],
            Status::Captured => events![Refunded { amount }],
            Status::Unrequested | Status::Refused | Status::Voided | Status::Refunded => {
                Events::none()
            }
        })
    }
}
