//! The session in the README is what really happens.

use std::fs;

use crate::support::{Place, copy, package};

const PROGRAM: &str = "cargo run -p bank-account -- ";

/// The README's commands, each with the lines it prints there.
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
                (None, Some((_, output))) => {
                    output.push_str(line);
                    output.push('\n');
                }
                (None, None) => panic!("output before the first command: {line}"),
            },
        }
    }
    steps
}

/// Splits a command line; double quotes hold an argument together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.into());
        } else {
            words.extend(part.split_whitespace().map(String::from));
        }
    }
    words
}

/// Replaces times of this run, which are not those of the README, by one of the same length.
fn without_todays_times(text: &str, readme_time: &str) -> String {
    let is_time = |word: &str| word.len() == 20 && word.ends_with('Z') && word.contains('T');
    let mut result = text.to_owned();
    for word in text.split_whitespace() {
        if is_time(word) && !word.starts_with("2019") {
            result = result.replace(word, readme_time);
        }
    }
    result
}

#[test]
fn the_session_is_true() {
    let readme = fs::read_to_string(package("README.md")).expect("the README");
    let place = Place::new();
    copy(&package("data"), &place.path("examples/bank-account/data"));
    copy(
        &package("fixtures/gen1"),
        &place.path("examples/bank-account/fixtures/gen1"),
    );
    let steps = session(&readme);
    assert!(steps.len() > 10, "{steps:?}");
    for (command, expected) in steps {
        if let Some(paths) = command.strip_prefix("cp -r ") {
            let (from, to) = paths.split_once(' ').expect("two paths");
            copy(&place.path(from), &place.path(to));
            continue;
        }
        let args = command.strip_prefix(PROGRAM).expect("the program");
        let args = words(args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = place.run(&args);
        let printed = without_todays_times(&(run.out + &run.err), "2026-03-01T09:30:00Z");
        assert_eq!(printed, expected, "$ {command}");
    }
}
