//! What failed checks print: expected and actual values, line by line.

use std::fmt::{Debug, Write};

/// Values up to this width stay on one line.
const WIDTH: usize = 80;

/// The lines of two lists, common ones plain, those only in `expected` marked `-`, those only in `actual` marked `+`.
pub(super) fn diff<T: Debug>(expected: &[T], actual: &[T]) -> String {
    let (expected, actual) = (lines(expected), lines(actual));
    let common = common_suffixes(&expected, &actual);
    let (mut e, mut a) = (0, 0);
    let mut text = String::new();
    let mut line = |marker: char, line: &str| {
        let _ = writeln!(text, "{marker} {line}"); // writing to a string cannot fail
    };
    while e < expected.len() || a < actual.len() {
        if e < expected.len() && a < actual.len() && expected[e] == actual[a] {
            line(' ', &expected[e]);
            (e, a) = (e + 1, a + 1);
        } else if a == actual.len() || e < expected.len() && common[e + 1][a] >= common[e][a + 1] {
            line('-', &expected[e]);
            e += 1;
        } else {
            line('+', &actual[a]);
            a += 1;
        }
    }
    if text.is_empty() {
        text.push_str("  (nothing)\n");
    }
    text
}

/// A list, every line indented like the lines of a diff.
pub(super) fn list<T: Debug>(values: &[T]) -> String {
    diff(values, values)
}

fn lines<T: Debug>(values: &[T]) -> Vec<String> {
    let mut lines = Vec::new();
    for value in values {
        let short = format!("{value:?}");
        if short.len() <= WIDTH {
            lines.push(short);
        } else {
            lines.extend(format!("{value:#?}").lines().map(String::from));
        }
    }
    lines
}

/// Length of the longest common subsequence of every pair of suffixes.
fn common_suffixes(a: &[String], b: &[String]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i][j] = if a[i] == b[j] {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn common_lines_are_kept_and_differences_marked() {
        let text = diff(&[1, 2, 3, 5], &[1, 3, 4, 5]);
        assert_eq!(text, "  1\n- 2\n  3\n+ 4\n  5\n");
        assert_eq!(diff::<u8>(&[], &[]), "  (nothing)\n");
    }

    #[test]
    fn a_long_value_differs_only_where_it_differs() {
        let long = |last: u32| {
            vec![vec![
                4_000_000_000,
                4_000_000_001,
                4_000_000_002,
                4_000_000_003,
                4_000_000_004,
                4_000_000_005,
                4_000_000_006,
                last,
            ]]
        };
        let text = diff(&long(1), &long(2));
        assert_eq!(
            text.lines().filter(|line| !line.starts_with(' ')).count(),
            2,
            "{text}"
        );
        assert!(text.contains("-     1,\n+     2,\n"), "{text}");
    }
}
