//! Events as earlier generations of this program wrote them. Frozen: they can be read, never written.

use eventsourcing::{Split, Upcast, UpcastCx, UpcastError};

use super::events::{AccountEvent, FeeCharged, Note, Opened, Withdrawn};
use super::money::{Overdraft, UnknownCurrency};

/// The first generation.
pub mod v1 {
    use eventsourcing::Schema;
    use serde::Deserialize;

    use crate::domain::Minor;

    /// The currency was that of the branch, which stood in the commit's `branch-currency` header.
    #[derive(Debug, Deserialize, Schema)]
    pub struct Opened {
        /// Whose it is.
        pub owner: String,
    }

    /// Later two events: a withdrawal and a fee.
    #[derive(Debug, Deserialize, Schema)]
    pub struct WithdrawnWithFee {
        /// What the customer took.
        pub amount: Minor,
        /// What the bank took.
        pub fee: Minor,
    }
}

/// The second generation.
pub mod v2 {
    use eventsourcing::Schema;
    use serde::Deserialize;

    /// The currency was any text, and no account had an overdraft.
    #[derive(Debug, Deserialize, Schema)]
    pub struct Opened {
        /// Whose it is.
        pub owner: String,
        /// Code of a currency.
        pub currency: String,
    }
}

/// The step needs the commit's metadata, so it is an [`Upcast`] of its own; the others are plain `TryFrom`.
impl Upcast<v2::Opened> for v1::Opened {
    fn upcast(self, cx: &UpcastCx<'_>) -> Result<v2::Opened, UpcastError> {
        Ok(v2::Opened {
            owner: self.owner,
            currency: cx.metadata_str("branch-currency").unwrap_or("EUR").into(),
        })
    }
}

impl TryFrom<v2::Opened> for Opened {
    type Error = UnknownCurrency;
    fn try_from(old: v2::Opened) -> Result<Self, UnknownCurrency> {
        Ok(Self {
            owner: old.owner,
            currency: old.currency.parse()?,
            overdraft: Overdraft::default(),
        })
    }
}

impl Split<AccountEvent> for v1::WithdrawnWithFee {
    type Output = [AccountEvent; 2];
    fn split(self, _: &UpcastCx<'_>) -> Result<Self::Output, UpcastError> {
        let withdrawn = Withdrawn {
            amount: self.amount,
            note: Note::default(),
        };
        let fee = FeeCharged {
            amount: self.fee,
            note: Note::default(),
        };
        Ok([withdrawn.into(), fee.into()])
    }
}
