//! The bank's rules: one decision per command.

use eventsourcing::{Context, Events, Handle, events};

use super::account::{Account, Status};
use super::commands::{
    ChargeFee, ChargeInterest, CloseAccount, CreditInterest, Deposit, MarkDormant, OpenAccount,
    ReceiveTransfer, RefuseBooking, ReturnTransfer, SendTransfer, Withdraw,
};
use super::error::AccountError;
use super::events::{
    AccountEvent, BookingRefused, Closed, Deposited, FeeCharged, InterestCharged, InterestCredited,
    MarkedDormant, Opened, TransferReceived, TransferReturned, TransferSent,
};
use super::money::{Currency, Minor, Overdraft};

type Decision = Result<Events<AccountEvent>, AccountError>;

impl Account {
    fn must_be_open(&self) -> Result<(), AccountError> {
        match self.status {
            Status::Unopened => Err(AccountError::NotOpened),
            Status::Open | Status::Dormant => Ok(()),
            Status::Closed => Err(AccountError::Closed),
        }
    }

    /// What every booking needs: an open account, its currency, an amount.
    fn may_book(&self, amount: Minor, currency: Option<Currency>) -> Result<(), AccountError> {
        self.must_be_open()?;
        if let Some(asked) = currency.filter(|asked| *asked != self.currency) {
            let account = self.currency;
            return Err(AccountError::Currency { account, asked });
        }
        if amount <= Minor::ZERO {
            return Err(AccountError::NotPositive(amount));
        }
        Ok(())
    }

    fn too_much(&self, amount: Minor) -> AccountError {
        let balance = self.balance;
        AccountError::TooMuch { balance, amount }
    }

    fn may_receive(&self, amount: Minor, currency: Option<Currency>) -> Result<(), AccountError> {
        self.may_book(amount, currency)?;
        match self.balance.checked_add(amount) {
            Some(_) => Ok(()),
            None => Err(self.too_much(amount)),
        }
    }

    /// What the bank itself takes is not held to the overdraft limit.
    fn may_be_charged(
        &self,
        amount: Minor,
        currency: Option<Currency>,
    ) -> Result<(), AccountError> {
        self.may_book(amount, currency)?;
        match self.balance.checked_sub(amount) {
            Some(_) => Ok(()),
            None => Err(self.too_much(amount)),
        }
    }

    fn may_spend(&self, amount: Minor, currency: Option<Currency>) -> Result<(), AccountError> {
        self.may_be_charged(amount, currency)?;
        match self.overdraft {
            Overdraft::Limit(limit)
                if !self.overdraft.allows(self.balance.saturating_sub(amount)) =>
            {
                Err(AccountError::Insufficient {
                    available: self.balance.saturating_add(limit),
                    asked: amount,
                    currency: self.currency,
                })
            }
            Overdraft::Limit(_) | Overdraft::Unlimited => Ok(()),
        }
    }
}

impl Handle<OpenAccount> for Account {
    fn handle(&self, command: OpenAccount, _: &Context) -> Decision {
        match self.status {
            Status::Unopened => {}
            Status::Open | Status::Dormant => return Err(AccountError::AlreadyOpen),
            Status::Closed => return Err(AccountError::Closed),
        }
        let owner = command.owner.trim();
        if owner.is_empty()
            || owner.len() > AccountError::MAX_OWNER_BYTES
            || owner.contains(char::is_control)
        {
            return Err(AccountError::Owner);
        }
        if let Overdraft::Limit(limit) = command.overdraft
            && limit < Minor::ZERO
        {
            return Err(AccountError::NegativeLimit(limit));
        }
        Ok(events![Opened::from(command)])
    }
}

impl Handle<Deposit> for Account {
    fn handle(&self, command: Deposit, _: &Context) -> Decision {
        self.may_receive(command.amount, command.currency)?;
        Ok(events![Deposited::from(command)])
    }
}

impl Handle<Withdraw> for Account {
    fn handle(&self, command: Withdraw, _: &Context) -> Decision {
        // Each for itself first: a negative fee must not make a withdrawal cheaper.
        self.may_book(command.amount, command.currency)?;
        let mut total = command.amount;
        if let Some(fee) = command.fee {
            self.may_book(fee, None)?;
            total = total.checked_add(fee).ok_or_else(|| self.too_much(fee))?;
        }
        self.may_spend(total, command.currency)?;
        Ok(command.into())
    }
}

impl Handle<ChargeFee> for Account {
    fn handle(&self, command: ChargeFee, _: &Context) -> Decision {
        self.may_be_charged(command.amount, command.currency)?;
        Ok(events![FeeCharged::from(command)])
    }
}

impl Handle<CreditInterest> for Account {
    fn handle(&self, command: CreditInterest, _: &Context) -> Decision {
        self.may_receive(command.amount, command.currency)?;
        Ok(events![InterestCredited::from(command)])
    }
}

impl Handle<ChargeInterest> for Account {
    fn handle(&self, command: ChargeInterest, _: &Context) -> Decision {
        self.may_be_charged(command.amount, command.currency)?;
        Ok(events![InterestCharged::from(command)])
    }
}

impl Handle<SendTransfer> for Account {
    fn handle(&self, command: SendTransfer, _: &Context) -> Decision {
        if command.account == command.to {
            return Err(AccountError::SameAccount);
        }
        self.may_spend(command.amount, command.currency)?;
        Ok(events![TransferSent::from(command)])
    }
}

impl Handle<ReceiveTransfer> for Account {
    fn handle(&self, command: ReceiveTransfer, _: &Context) -> Decision {
        if command.account == command.from {
            return Err(AccountError::SameAccount);
        }
        self.may_receive(command.amount, Some(command.currency))?;
        Ok(events![TransferReceived::from(command)])
    }
}

/// A closed account takes it too: the money has to be somewhere.
impl Handle<ReturnTransfer> for Account {
    fn handle(&self, command: ReturnTransfer, _: &Context) -> Decision {
        if self.status == Status::Unopened {
            return Err(AccountError::NotOpened);
        }
        if self.balance.checked_add(command.amount).is_none() {
            return Err(self.too_much(command.amount));
        }
        Ok(events![TransferReturned {
            transfer: command.transfer,
            amount: command.amount,
            reason: command.reason,
        }])
    }
}

impl Handle<MarkDormant> for Account {
    fn handle(&self, _: MarkDormant, _: &Context) -> Decision {
        self.must_be_open()?;
        if self.status == Status::Dormant {
            return Ok(events![]);
        }
        Ok(events![MarkedDormant {}])
    }
}

impl Handle<RefuseBooking> for Account {
    fn handle(&self, command: RefuseBooking, _: &Context) -> Decision {
        self.must_be_open()?;
        Ok(events![BookingRefused::from(command)])
    }
}

impl Handle<CloseAccount> for Account {
    fn handle(&self, _: CloseAccount, _: &Context) -> Decision {
        self.must_be_open()?;
        if self.balance != Minor::ZERO {
            return Err(AccountError::NotEmpty {
                balance: self.balance,
                currency: self.currency,
            });
        }
        Ok(events![Closed {}])
    }
}
