//! The shipped rows of `data/divisions_zhejiang.csv`, `data/divisions_elsewhere.csv` and `data/divisions_retired.csv`.

use std::sync::LazyLock;

/// One row: code, name and the code above it.
pub(super) struct Row {
    pub(super) code: u64,
    pub(super) name: &'static str,
    pub(super) parent: u64,
}

pub(super) static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    include_str!("../../../../data/divisions_zhejiang.csv")
        .lines()
        .skip(1)
        .filter_map(row)
        .collect()
});

fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.trim_end().split(',');
    let code = cells.next()?.parse().ok()?;
    let name = cells.next()?;
    let parent = cells.nth(1)?.parse().unwrap_or(0);
    Some(Row { code, name, parent })
}

/// Code and name of every province, city and county outside Zhejiang, higher levels first.
pub(super) static ELSEWHERE: LazyLock<Vec<(u64, &'static str)>> = LazyLock::new(|| {
    include_str!("../../../../data/divisions_elsewhere.csv")
        .lines()
        .skip(1)
        .filter_map(|line| {
            let (code, name) = line.trim_end().split_once(',')?;
            Some((code.parse().ok()?, name))
        })
        .collect()
});

/// A county code that is no longer given out but still stands in old unified codes, citizen numbers and registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetiredDivision {
    /// Six digits.
    pub code: u32,
    /// Its last name.
    pub name: &'static str,
    /// When it ended: `2016-09-14`, or only the year where the day is not certain.
    pub valid_to: &'static str,
    /// The county that it belongs to today.
    pub successor: u32,
}

pub(super) fn read_retired() -> Vec<RetiredDivision> {
    include_str!("../../../../data/divisions_retired.csv")
        .lines()
        .skip(1)
        .filter_map(retired)
        .collect()
}

fn retired(line: &'static str) -> Option<RetiredDivision> {
    let mut cells = line.trim_end().split(',');
    let code = cells.next()?.parse().ok()?;
    let name = cells.next()?;
    let valid_to = cells.next()?;
    let successor = cells.next()?.parse().ok()?;
    Some(RetiredDivision {
        code,
        name,
        valid_to,
        successor,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_shipped_tables_is_read() {
        let lines = |text: &str| {
            text.lines()
                .skip(1)
                .filter(|line| !line.trim().is_empty())
                .count()
        };
        assert_eq!(
            TABLE.len(),
            lines(include_str!("../../../../data/divisions_zhejiang.csv"))
        );
        assert_eq!(
            ELSEWHERE.len(),
            lines(include_str!("../../../../data/divisions_elsewhere.csv"))
        );
        assert_eq!(
            read_retired().len(),
            lines(include_str!("../../../../data/divisions_retired.csv"))
        );
    }
}
