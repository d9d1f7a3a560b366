//! One run of the server: arguments in, exit code out.

use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use eventsourcing::{EventStore, MemoryStore, ReadModels, SnapshotStore};
use eventsourcing_sled::SledStore;
use tokio::net::TcpListener;

use crate::args::Args;
use crate::domain::fulfilment::Fulfilment;
use crate::error::StartError;
use crate::http;
use crate::shop::Shop;

/// Runs the server until it is told to stop (Ctrl-C, SIGTERM). Exit code 0 then, 1 if it cannot run (one line on stderr
/// says why), 2 for wrong usage.
pub fn run() -> ExitCode {
    let args = Args::parse();
    match start(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody left to tell if this fails.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> Result<(), StartError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            if args.memory {
                let models = ReadModels::in_memory();
                return serve(args, MemoryStore::new(), models).await;
            }
            let store = SledStore::open(&args.store)?;
            let served = serve_sled(args, store.clone()).await;
            store.close();
            served
        })
}

async fn serve_sled(args: &Args, store: SledStore) -> Result<(), StartError> {
    let models = store.read_models()?;
    serve(args, store, models).await
}

async fn serve<S: EventStore + SnapshotStore + Clone>(
    args: &Args,
    store: S,
    models: ReadModels,
) -> Result<(), StartError> {
    let fulfilment = Fulfilment {
        payment_deadline: args.payment_deadline,
    };
    let shop = Shop::start(store, models, fulfilment).await?;
    // Before the first line is printed: who has read it may send a signal.
    let stopped = told_to_stop()?;
    let address = args.listen;
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|source| StartError::Listen { address, source })?;
    writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    let served = axum::serve(listener, http::router(shop.clone()))
        .with_graceful_shutdown(stopped)
        .await;
    shop.finish().await;
    Ok(served?)
}

/// Ends when somebody wants the server to stop.
fn told_to_stop() -> Result<impl Future<Output = ()> + Send, StartError> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        let terminated = terminated.recv();
        #[cfg(not(unix))]
        let terminated = std::future::pending::<Option<()>>();
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
        }
    })
}
