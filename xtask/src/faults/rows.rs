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

/// A table of rows in Markdown, which reads well on a terminal too.
pub(crate) fn table<'a>(rows: impl IntoIterator<Item = (&'a str, &'a Row)>) -> String {
    let mut cells = vec![
        [
            "command",
            "fault",
            "rounds",
            "acknowledged events checked",
            "lost",
            "unopenable",
        ]
        .map(str::to_owned),
    ];
    for (name, row) in rows {
        let fault = if row.note.is_empty() {
            row.fault.clone()
        } else {
            format!("{} ({})", row.fault, row.note)
        };
        let numbers = [row.rounds, row.checked, row.lost, row.unopenable];
        let [rounds, checked, lost, unopenable] = numbers.map(grouped);
        cells.push([
            format!("`{name}`"),
            fault,
            rounds,
            checked,
            lost,
            unopenable,
        ]);
    }
    let mut widths = [0; 6];
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for (number, line) in cells.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            // Names to the left, numbers to the right.
            let _ = if column < 2 {
                write!(text, "| {cell:width$} ")
            } else {
                write!(text, "| {cell:>width$} ")
            };
        }
        text.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.iter().enumerate() {
                let end = if column < 2 { "-" } else { ":" };
                let _ = write!(text, "| {}{end} ", "-".repeat(width - 1));
            }
            text.push_str("|\n");
        }
    }
    text
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
        let table = table(rows.iter().map(|row| ("kill", row)));
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[2].contains("| killed ") && lines[2].contains(" 1,234,567 |"));
        assert!(lines[3].contains("cut (not synced)"));
        assert!(lines.iter().all(|line| line.len() == lines[0].len()));
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
