//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

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
    /// How long a customer has to pay, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "900")]
    pub(crate) payment_deadline: u32,
}
