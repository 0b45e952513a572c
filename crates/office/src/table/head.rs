//! Finding the row of heads: by the set of labels, not by its place.

use super::OpenOptions;
use crate::OfficeError;

/// Rows at the top of a table among which the heads are looked for.
pub(super) const HEAD_SEARCH_ROWS: usize = 30;

/// The form in which heads are compared: width, brackets, blanks, case and a trailing star do not matter.
pub fn head_key(head: &str) -> String {
    let normal = codes::text::normalise(head);
    normal.trim_matches(['*', '\u{feff}']).to_lowercase()
}

pub(super) struct Found {
    /// Index of the last head row among the rows given.
    pub(super) index: usize,
    pub(super) heads: Vec<String>,
}

/// Finds the heads among the first rows. A merged head of two rows (group titles above, labels below) is read column by
/// column, the lower label first.
pub(super) fn find(
    file: &str,
    rows: &[Vec<String>],
    options: &OpenOptions<'_>,
) -> Result<Found, OfficeError> {
    let known: std::collections::HashSet<String> = options
        .known
        .iter()
        .chain(options.required.iter().flat_map(|r| r.iter()))
        .map(|h| head_key(h))
        .collect();
    let mut likeliest: Option<(usize, Vec<String>, Vec<String>)> = None;
    for index in 0..rows.len().min(HEAD_SEARCH_ROWS) {
        let single = clean(&rows[index]);
        let mut candidates = vec![single];
        if index > 0 {
            candidates.push(merged(&rows[index - 1], &rows[index], &known));
        }
        for heads in candidates {
            let keys: Vec<String> = heads.iter().map(|h| head_key(h)).collect();
            let missing = missing_of(&keys, options);
            if missing.is_empty() {
                refuse_doubles(file, index, &heads, &keys, &known)?;
                return Ok(Found { index, heads });
            }
            let hits = keys.iter().filter(|key| known.contains(*key)).count();
            if likeliest.as_ref().is_none_or(|(best, _, _)| hits > *best) {
                likeliest = Some((hits, missing, heads));
            }
        }
    }
    let (missing, seen) = likeliest
        .map(|(_, missing, heads)| (missing, heads))
        .unwrap_or_default();
    let seen: Vec<String> = seen.into_iter().filter(|h| !h.is_empty()).take(12).collect();
    Err(OfficeError::NoHead {
        file: file.to_owned(),
        missing: if missing.is_empty() {
            "全部列名".into()
        } else {
            missing.join("、")
        },
        seen: if seen.is_empty() {
            "（没有内容）".into()
        } else {
            seen.join("、")
        },
    })
}

fn clean(row: &[String]) -> Vec<String> {
    let mut heads: Vec<String> = row
        .iter()
        .map(|cell| cell.trim_matches(['\u{feff}', ' ', '\t', '\n', '\r']).to_owned())
        .collect();
    while heads.last().is_some_and(|head| head.is_empty()) {
        heads.pop();
    }
    heads
}

fn merged(above: &[String], below: &[String], known: &std::collections::HashSet<String>) -> Vec<String> {
    let width = above.len().max(below.len());
    let at = |row: &[String], i: usize| row.get(i).map(|s| s.trim().to_owned()).unwrap_or_default();
    let joined: Vec<String> = (0..width)
        .map(|i| {
            let (up, down) = (at(above, i), at(below, i));
            if known.contains(&head_key(&down)) || (!known.contains(&head_key(&up)) && !down.is_empty()) {
                down
            } else {
                up
            }
        })
        .collect();
    clean(&joined)
}

fn missing_of(keys: &[String], options: &OpenOptions<'_>) -> Vec<String> {
    options
        .required
        .iter()
        .filter(|spellings| !spellings.iter().any(|s| keys.contains(&head_key(s))))
        .map(|spellings| match spellings {
            [english, chinese, ..] => format!("“{chinese}”（{english}）"),
            [one] => format!("“{one}”"),
            [] => String::new(),
        })
        .collect()
}

fn refuse_doubles(
    file: &str,
    index: usize,
    heads: &[String],
    keys: &[String],
    known: &std::collections::HashSet<String>,
) -> Result<(), OfficeError> {
    for (second, key) in keys.iter().enumerate() {
        let Some(first) = keys[..second].iter().position(|k| k == key) else {
            continue;
        };
        if known.contains(key) {
            return Err(OfficeError::DoubleHead {
                file: file.to_owned(),
                row: index as u64 + 1,
                head: heads[second].clone(),
                first: first + 1,
                second: second + 1,
            });
        }
    }
    Ok(())
}
