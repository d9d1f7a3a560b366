//! The account's events once more for each side of `decode`, so that no side shares its compiled codec with another: a
//! codec that is called from one place only is compiled into it, as in a program that reads its events in one way.

use eventsourcing::Event;

/// The payloads and the versions before, in the module that calls this.
macro_rules! payloads {
    () => {
        #[derive(serde::Deserialize, serde::Serialize)]
        pub(crate) struct Opened {
            pub(crate) owner: String,
            pub(crate) currency: String,
            pub(crate) limit_cents: u64,
        }

        #[derive(serde::Deserialize, serde::Serialize)]
        pub(crate) struct Deposited {
            pub(crate) cents: u64,
        }

        #[derive(serde::Deserialize, serde::Serialize)]
        pub(crate) struct Withdrawn {
            pub(crate) cents: u64,
        }

        #[derive(serde::Deserialize)]
        pub(crate) struct OpenedV1 {
            owner: String,
        }

        #[derive(serde::Deserialize)]
        pub(crate) struct OpenedV2 {
            owner: String,
            currency: String,
        }

        #[derive(serde::Deserialize)]
        pub(crate) struct OpenedV3 {
            owner: String,
            currency: String,
            limit: u64,
        }

        impl From<OpenedV1> for OpenedV2 {
            fn from(old: OpenedV1) -> Self {
                let currency = "EUR".into();
                let OpenedV1 { owner } = old;
                Self { owner, currency }
            }
        }

        impl From<OpenedV2> for OpenedV3 {
            fn from(old: OpenedV2) -> Self {
                let OpenedV2 { owner, currency } = old;
                let limit = 1_000;
                Self {
                    owner,
                    currency,
                    limit,
                }
            }
        }

        impl From<OpenedV3> for Opened {
            fn from(old: OpenedV3) -> Self {
                Self {
                    owner: old.owner,
                    currency: old.currency,
                    limit_cents: 100 * old.limit,
                }
            }
        }
    };
}

/// What the codec alone reads.
#[allow(dead_code, reason = "what is decoded is dropped")]
pub(crate) mod codec {
    payloads!();
}

/// What is read by hand.
#[allow(dead_code, reason = "older versions are not read by hand")]
pub(crate) mod by_hand {
    payloads!();

    #[allow(dead_code, reason = "what is decoded is dropped")]
    pub(crate) enum AccountEvent {
        Opened(Opened),
        Deposited(Deposited),
        Withdrawn(Withdrawn),
    }
}

/// What is read as derived.
pub(crate) mod derived {
    use super::Event;

    payloads!();

    #[derive(Event)]
    pub(crate) enum AccountEvent {
        #[es(name = "account.opened", version = 4, from(v1 = OpenedV1, v2 = OpenedV2, v3 = OpenedV3))]
        Opened(Opened),
        #[es(name = "account.deposited")]
        Deposited(Deposited),
        #[es(name = "account.withdrawn")]
        Withdrawn(Withdrawn),
    }
}
