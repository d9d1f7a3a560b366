//! Starting, stopping, and wrong usage.

use std::process::{Command, Stdio};

use crate::support::Server;

fn run(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_orders"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), said)
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for args in [
        &["--listen", "nowhere"][..],
        &["--store"],
        &["--memory", "--store", "x"],
        &["serve"],
    ] {
        let (code, said) = run(args);
        assert_eq!(code, Some(2), "{args:?}: {said}");
        assert!(said.starts_with("error: "), "{args:?}: {said}");
    }
}

#[test]
fn what_cannot_start_says_why_in_one_line() {
    let shop = Server::start();
    let taken = shop.address.to_string();
    let file = tempfile::NamedTempFile::new().expect("a file");
    let no_store = file.path().to_str().expect("UTF-8");
    for (args, reason) in [
        (&["--memory", "--listen", &taken][..], "cannot listen on "),
        (
            &["--listen", "127.0.0.1:0", "--store", no_store],
            "cannot open the store: ",
        ),
    ] {
        let (code, said) = run(args);
        assert_eq!(code, Some(1), "{args:?}: {said}");
        assert!(
            said.starts_with("error: ") && said.contains(reason),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
#[cfg(unix)]
fn told_to_stop_it_stops_and_what_was_done_is_there_again() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    let shop = Server::on(&store);
    shop.product("tea", 3);
    let before = shop.get("/products/tea").is(200);
    shop.stop();
    let shop = Server::on(&store);
    assert_eq!(shop.get("/products/tea").is(200), before);
}

#[test]
fn killed_it_has_what_it_had_acknowledged() {
    let place = tempfile::tempdir().expect("a directory");
    let store = place.path().join("orders.db");
    let shop = Server::on(&store);
    shop.product("tea", 3);
    let before = shop.get("/products/tea").is(200);
    shop.kill();
    let shop = Server::on(&store);
    assert_eq!(shop.get("/products/tea").is(200), before);
}
