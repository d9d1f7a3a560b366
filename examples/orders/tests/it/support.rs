//! Running the server, and what most tests begin with.

use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::client::Client;

/// A running server; it is killed at the end of the test. Used like the client that talks to it.
pub(crate) struct Server {
    child: Child,
    client: Client,
}

impl Server {
    /// In memory.
    pub(crate) fn start() -> Self {
        Self::with(&["--memory"])
    }

    /// On a directory.
    pub(crate) fn on(store: &Path) -> Self {
        Self::with(&["--store", store.to_str().expect("UTF-8")])
    }

    /// With these arguments, on a port of its own.
    pub(crate) fn with(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_orders"))
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("a line");
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.parse().ok());
        let client = Client {
            address: address.unwrap_or_else(|| panic!("not listening: {line:?}")),
        };
        Self { child, client }
    }

    pub(crate) fn client(&self) -> Client {
        self.client
    }

    /// As if the power had gone, for this process.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Asks it to stop, and waits until it has.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill runs").success());
        let status = self.child.wait().expect("ended");
        assert!(status.success(), "{status}");
    }
}

impl Deref for Server {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    /// Registers somebody.
    #[track_caller]
    pub(crate) fn user(&self, name: &str) -> String {
        let email = format!("{name}@example.org");
        let user = self.post("/users", &json!({ "name": name, "email": email }));
        id(&user.is(201))
    }

    /// Lists a product for 10 euros, with so many pieces in stock.
    #[track_caller]
    pub(crate) fn product(&self, sku: &str, pieces: u32) {
        let listing = json!({ "sku": sku, "name": sku, "price": eur(1_000) });
        self.post("/products", &listing).is(201);
        if pieces > 0 {
            let stock = json!({ "quantity": pieces });
            self.post(&format!("/products/{sku}/stock"), &stock).is(200);
        }
    }

    /// Orders some of one product.
    #[track_caller]
    pub(crate) fn order(&self, user: &str, sku: &str, quantity: u32) -> String {
        id(&self.post("/orders", &order(user, sku, quantity)).is(201))
    }
}

pub(crate) fn eur(cents: u64) -> Value {
    json!({ "cents": cents, "currency": "EUR" })
}

pub(crate) fn order(user: &str, sku: &str, quantity: u32) -> Value {
    json!({ "user": user, "lines": [{ "product": sku, "quantity": quantity }] })
}

/// The `id` of an answer.
#[track_caller]
pub(crate) fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

/// A file of the package.
pub(crate) fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Copies a directory to a place where there is none.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a new directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}
