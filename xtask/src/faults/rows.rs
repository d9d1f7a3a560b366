//! What the tests report: the lines that `eventsourcing_testkit::faults::Tally` writes.

use std::fmt::Write;

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) fault: String,
    pub(crate) rounds: u64,
    pub(crate) checked: u64,
    pub(crate) lost: u64,
    pub(crate) unopenable: u64,
    /// A design that is known to lose something, to show that losses are noticed.
    pub(crate) control: bool,
    pub(crate) note: String,
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t');
        let fault = fields.next()?.to_owned();
        let mut number = || fields.next()?.parse().ok();
        let (rounds, checked, lost, unopenable) = (number()?, number()?, number()?, number()?);
        let control = match fields.next()? {
            "" => false,
            "control" => true,
            _ => return None,
        };
        let note = fields.next().unwrap_or_default().to_owned();
        Some(Self {
            fault,
            rounds,
            checked,
            lost,
            unopenable,
            control,
            note,
        })
    }

    /// Whether this is what it should be.
    pub(crate) fn holds(&self) -> bool {
        (self.lost + self.unopenable > 0) == self.control
    }
}

/// Reads a report.
pub(crate) fn parse(report: &str) -> Result<Vec<Row>, String> {
    report
        .lines()
        .map(|line| {
            Row::parse(line)
                .ok_or_else(|| format!("the report has a line `{line}` of another form"))
        })
        .collect()
}

/// A line of the table: the command, what it did, four numbers, and which run it was.
pub(crate) type Line = [String; 7];

const HEAD: [&str; 7] = [
    "command",
    "fault",
    "rounds",
    "acknowledged events checked",
    "lost",
    "unopenable",
    "run",
];
/// Columns of text; the others hold numbers.
const TEXTS: [usize; 3] = [0, 1, 6];

impl Row {
    /// Its line in the table; `run` says when it was run, and on what.
    pub(crate) fn line(&self, command: &str, run: &str) -> Line {
        let fault = if self.note.is_empty() {
            self.fault.clone()
        } else {
            format!("{} ({})", self.fault, self.note)
        };
        let numbers = [self.rounds, self.checked, self.lost, self.unopenable];
        let [rounds, checked, lost, unopenable] = numbers.map(grouped);
        let command = format!("`{command}`");
        [
            command,
            fault,
            rounds,
            checked,
            lost,
            unopenable,
            run.to_owned(),
        ]
    }
}

/// A table in Markdown, which reads well on a terminal too.
pub(crate) fn table(lines: &[Line]) -> String {
    let head = HEAD.map(str::to_owned);
    let all = || std::iter::once(&head).chain(lines);
    let width = |column: usize| all().map(|line| line[column].chars().count()).max();
    let widths: [usize; 7] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let mut text = String::new();
    for (number, line) in all().enumerate() {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            let _ = if TEXTS.contains(&column) {
                write!(text, "| {cell:width$} ")
            } else {
                write!(text, "| {cell:>width$} ")
            };
        }
        text.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.iter().enumerate() {
                let end = if TEXTS.contains(&column) { "-" } else { ":" };
                let _ = write!(text, "| {}{end} ", "-".repeat(width - 1));
            }
            text.push_str("|\n");
        }
    }
    text
}

/// The lines of the tables in a text.
pub(crate) fn lines(text: &str) -> Vec<Line> {
    let cells = text.lines().filter_map(|line| {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<_> = line
            .split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect();
        <Line>::try_from(cells).ok()
    });
    cells.filter(|line| line[0].starts_with('`')).collect()
}

/// With a comma at every thousand.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{grouped, parse, table};

    #[test]
    fn a_report_becomes_a_table() {
        let report = "killed\t200\t1234567\t0\t0\t\ncut\t9\t50\t3\t0\tcontrol\tnot synced\n";
        let rows = parse(report).expect("rows");
        assert!(rows.iter().all(super::Row::holds));
        assert!(!rows[0].control && rows[1].control);
        let rows: Vec<_> = rows.iter().map(|row| row.line("kill", "today")).collect();
        let table = table(&rows);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[2].contains("| killed ") && lines[2].contains(" 1,234,567 |"));
        assert!(lines[3].contains("cut (not synced)"));
        assert!(lines.iter().all(|line| line.len() == lines[0].len()));
        assert_eq!(super::lines(&table), rows, "and can be read again");
    }

    #[test]
    fn what_was_lost_does_not_hold_nor_does_a_control_without_losses() {
        let rows =
            parse("a\t1\t1\t1\t0\t\nb\t1\t1\t0\t1\t\nc\t1\t1\t0\t0\tcontrol\n").expect("rows");
        assert!(rows.iter().all(|row| !row.holds()));
    }

    #[test]
    fn another_form_is_an_error() {
        for report in [
            "killed",
            "killed\tmany\t1\t0\t0\t",
            "killed\t1\t1\t0\t0\tsomething",
        ] {
            assert!(parse(report).is_err(), "{report}");
        }
    }

    #[test]
    fn thousands() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
