//! The session in the README is what really happens.

use std::thread;
use std::time::Instant;

use crate::client::PATIENCE;
use crate::support::{Server, package};

/// The README's `curl` commands, each with the line it prints there.
fn session(readme: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            line => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push((command.into(), String::new())),
                (None, Some((_, output))) => output.push_str(line),
                (None, None) => panic!("output before the first command: {line}"),
            },
        }
    }
    steps
}

/// Splits a command line; single quotes hold an argument together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.into());
        } else {
            words.extend(part.split_whitespace().map(String::from));
        }
    }
    words
}

/// Does what `curl` would do.
fn curl(shop: &Server, command: &str) -> String {
    let mut words = words(command).into_iter();
    let (mut headers, mut body, mut path) = (Vec::new(), None, None);
    assert_eq!(words.next().as_deref(), Some("curl"), "{command}");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => body = words.next(),
            "-H" => {
                let header = words.next().expect("a header");
                let (name, value) = header.split_once(": ").expect("a header");
                headers.push((name.to_owned(), value.to_owned()));
            }
            "-X" => assert_eq!(words.next().as_deref(), Some("POST"), "{command}"),
            url => {
                let here = url.strip_prefix("localhost:8080");
                path = Some(here.expect("our server").to_owned());
            }
        }
    }
    let method = if command.contains(" --json ") || command.contains(" -X POST") {
        "POST"
    } else {
        "GET"
    };
    if body.is_some() {
        headers.push(("content-type".into(), "application/json".into()));
    }
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let path = path.expect("an address");
    let body = body.unwrap_or_default();
    shop.send(method, &path, &headers, body.as_bytes())
        .expect("an answer")
        .text
}

/// The text without what is another one every day.
fn timeless(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((start, name)) = ["\"day\":\"", "\"placed_at\":\""]
        .iter()
        .filter_map(|name| Some((rest.find(name)?, name)))
        .min()
    {
        let (before, time) = rest.split_at(start + name.len());
        kept.push_str(before);
        rest = time.trim_start_matches(|c: char| c != '"');
    }
    kept + rest
}

#[test]
fn the_session_is_true() {
    let readme = std::fs::read_to_string(package("README.md")).expect("the README");
    let place = tempfile::tempdir().expect("a directory");
    let shop = Server::on(&place.path().join("orders.db"));
    let steps = session(&readme);
    assert!(steps.len() > 8, "{steps:?}");
    let (start, steps) = steps.split_first().expect("steps");
    assert_eq!(start.0, "cargo run -p orders");
    assert_eq!(start.1, "listening on http://127.0.0.1:8080");
    for (command, expected) in steps {
        let started = Instant::now();
        let answer = loop {
            let answer = curl(&shop, command);
            // People type slower than orders are fulfilled.
            let is_early = !command.contains(" --json ") && !command.contains(" -X POST");
            if timeless(&answer) == timeless(expected) || !is_early || started.elapsed() > PATIENCE
            {
                break answer;
            }
            thread::yield_now();
        };
        assert_eq!(timeless(&answer), timeless(expected), "$ {command}");
    }
}
