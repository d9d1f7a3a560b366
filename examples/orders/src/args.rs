//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use jiff::{Span, SpanRelativeTo};

/// An order system behind HTTP: users, products, orders and payments.
#[derive(Debug, Parser)]
#[command(name = "orders", version)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// The directory in which the events are; it is made if it is not there
    #[arg(long, value_name = "DIR", default_value = "orders.db")]
    pub(crate) store: PathBuf,
    /// Keep the events in memory, and forget them at the end
    #[arg(long, conflicts_with = "store")]
    pub(crate) memory: bool,
    /// How long a customer has to pay, like 90s, 15min or 2d; a number alone is in seconds
    #[arg(long, value_name = "TIME", default_value = "15min", value_parser = duration)]
    pub(crate) payment_deadline: Duration,
}

/// A time in units that are of the same length whenever it begins, or in seconds.
fn duration(text: &str) -> Result<Duration, &'static str> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let expected = "expected a time in days, hours, minutes or seconds, like 15min";
    let span: Span = text.parse().map_err(|_| expected)?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let length = length.ok().and_then(|length| length.try_into().ok());
    length.ok_or(expected)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_have_units_or_are_seconds() {
        for (text, seconds) in [
            ("900", 900),
            ("3s", 3),
            ("15min", 900),
            ("1h 30m", 5_400),
            ("2d", 172_800),
        ] {
            assert_eq!(
                duration(text).map(|time| time.as_secs()),
                Ok(seconds),
                "{text}"
            );
        }
        for text in ["", "soon", "-3s", "-1", "1 month"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
