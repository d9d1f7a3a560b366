//! A client: as much HTTP/1.1 as the tests need, on a socket of the standard library.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long an answer may take before a test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Sends requests to one server, each over a connection of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Client {
    /// Sends a request; fails if the server went away before it had answered in full.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        // Writing into memory does not fail.
        let mut request = Vec::new();
        write!(
            request,
            "{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n"
        )?;
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        write!(request, "content-length: {}\r\n\r\n", body.len())?;
        request.extend(body);
        stream.write_all(&request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        parse(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    pub(crate) fn try_post(&self, path: &str, key: &str, body: &Value) -> io::Result<Answer> {
        let json = ("content-type", "application/json");
        let headers = [json, ("idempotency-key", key)];
        self.send("POST", path, &headers, body.to_string().as_bytes())
    }

    /// Posts without a key.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        let body = body.to_string();
        self.send("POST", path, &json, body.as_bytes())
            .expect("an answer")
    }

    #[track_caller]
    pub(crate) fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.try_post(path, key, body).expect("an answer")
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").expect("an answer")
    }
}

impl Client {
    /// Asks again and again until the answer is as it should become.
    #[track_caller]
    pub(crate) fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        loop {
            let answer = self.get(path);
            let value = answer.json();
            if answer.status == 200 && is_so(&value) {
                return value;
            }
            assert!(started.elapsed() < PATIENCE, "{path} stays {answer:?}");
            std::thread::yield_now();
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, text) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_ascii_lowercase(), value.to_owned()))
    };
    let headers: BTreeMap<_, _> = lines.map_while(header).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    (text.len() == length).then(|| Answer {
        status,
        headers,
        text: text.into(),
    })
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Insists on a status and returns the body.
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// Insists on a problem document of this status and kind, and returns its `detail`.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, kind: &str) -> String {
        let problem = self.is(status);
        let sort = self.headers.get("content-type").map(String::as_str);
        assert_eq!(sort, Some("application/problem+json"), "{self:?}");
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        for text in ["title", "detail", "advice"] {
            assert_ne!(problem[text].as_str().unwrap_or_default(), "", "{self:?}");
        }
        problem["detail"].as_str().expect("a detail").to_owned()
    }
}
