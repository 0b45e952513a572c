//! Finding the row of heads: by the set of labels, not by its place.

use std::collections::HashSet;

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

/// Why no row will do, and how many known heads the likeliest one has: of several sheets the likeliest is told.
pub(super) struct NotFound {
    pub(super) hits: usize,
    pub(super) error: Box<OfficeError>,
}

/// A row that might have been the heads.
struct Likely {
    hits: usize,
    index: usize,
    heads: Vec<String>,
}

/// Finds the heads among the first rows, whose numbers in the file are `numbers`. A merged head of two rows (group titles
/// above, labels below) is read column by column, the lower label first.
pub(super) fn find(
    file: &str,
    rows: &[Vec<String>],
    numbers: &[u64],
    options: &OpenOptions<'_>,
) -> Result<Found, NotFound> {
    let known: HashSet<String> = options
        .known
        .iter()
        .chain(options.required)
        .flat_map(|spellings| spellings.iter())
        .map(|h| head_key(h))
        .collect();
    let number = |index: usize| numbers.get(index).copied().unwrap_or(0);
    let mut likeliest: Option<Likely> = None;
    for index in 0..rows.len().min(HEAD_SEARCH_ROWS) {
        let single = clean(&rows[index]);
        let mut candidates = vec![single];
        if index > 0 {
            candidates.push(merged(&rows[index - 1], &rows[index], &known));
        }
        for heads in candidates {
            let keys: Vec<String> = heads.iter().map(|h| head_key(h)).collect();
            let hits = keys.iter().filter(|key| known.contains(*key)).count();
            if missing_of(&keys, options).is_empty() {
                return match refuse_doubles(file, number(index), &heads, &keys, options) {
                    Ok(()) => Ok(Found { index, heads }),
                    Err(error) => Err(NotFound {
                        hits,
                        error: Box::new(error),
                    }),
                };
            }
            if likeliest.as_ref().is_none_or(|best| hits > best.hits) {
                likeliest = Some(Likely { hits, index, heads });
            }
        }
    }
    Err(no_head(file, likeliest, number, options))
}

/// Whether a head names a column of the layout.
pub(super) fn is_known(head: &str, options: &OpenOptions<'_>) -> bool {
    let key = head_key(head);
    let columns = options.known.iter().chain(options.required);
    columns
        .flat_map(|spellings| spellings.iter())
        .any(|spelling| head_key(spelling) == key)
}

fn no_head(
    file: &str,
    likeliest: Option<Likely>,
    number: impl Fn(usize) -> u64,
    options: &OpenOptions<'_>,
) -> NotFound {
    let (hits, row, heads) = likeliest.map_or((0, 0, Vec::new()), |likely| {
        (likely.hits, number(likely.index), likely.heads)
    });
    let keys: Vec<String> = heads.iter().map(|h| head_key(h)).collect();
    let missing = missing_of(&keys, options);
    let guess: String = missing
        .iter()
        .filter_map(|spellings| Some((nearest(&heads, spellings, options)?, *spellings)))
        .map(|(head, spellings)| format!("其中“{head}”可能就是{}，请改成这个列名。", label(spellings)))
        .collect();
    let labels: Vec<String> = missing.into_iter().map(label).collect();
    let seen: Vec<String> = heads.into_iter().filter(|h| !h.is_empty()).take(12).collect();
    let place = match (row, seen.is_empty()) {
        (0, _) | (_, true) => String::new(),
        (row, false) => format!("（第 {row} 行）"),
    };
    NotFound {
        hits,
        error: Box::new(OfficeError::NoHead {
            file: file.to_owned(),
            missing: labels.join("、"),
            place,
            seen: if seen.is_empty() {
                "（没有内容）".into()
            } else {
                seen.join("、")
            },
            guess,
        }),
    }
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

fn merged(above: &[String], below: &[String], known: &HashSet<String>) -> Vec<String> {
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

fn missing_of<'a>(keys: &[String], options: &OpenOptions<'a>) -> Vec<&'a [&'a str]> {
    options
        .required
        .iter()
        .filter(|spellings| !spellings.iter().any(|s| keys.contains(&head_key(s))))
        .copied()
        .collect()
}

/// A column for people: the Chinese head with the English one.
fn label(spellings: &[&str]) -> String {
    match spellings {
        [english, chinese, ..] => format!("“{chinese}”（{english}）"),
        [one] => format!("“{one}”"),
        [] => String::new(),
    }
}

/// The head that comes nearest to a missing one, if half of it is the same; heads of other known columns are not meant.
fn nearest<'h>(heads: &'h [String], spellings: &[&str], options: &OpenOptions<'_>) -> Option<&'h str> {
    let mut best: Option<(f64, &str)> = None;
    for head in heads.iter().filter(|head| head.chars().count() <= LONGEST_HEAD) {
        let key = head_key(head);
        if key.is_empty() || is_known(&key, options) {
            continue;
        }
        let near = spellings.iter().map(|s| likeness(&key, &head_key(s)));
        let near = near.fold(0.0, f64::max);
        // Short English names share letters by chance.
        let least = if key.is_ascii() { 0.6 } else { 0.5 };
        if near >= least && best.is_none_or(|(found, _)| near > found) {
            best = Some((near, head));
        }
    }
    best.map(|(_, head)| head)
}

/// Heads longer than this are sentences, not heads.
const LONGEST_HEAD: usize = 30;

/// One less the share of characters to change, to add or to leave out (Levenshtein).
fn likeness(one: &str, other: &str) -> f64 {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let longest = one.len().max(other.len());
    if longest == 0 {
        return 0.0;
    }
    let mut costs: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = costs[0];
        costs[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replace = diagonal + usize::from(a != b);
            diagonal = costs[j + 1];
            costs[j + 1] = replace.min(costs[j] + 1).min(diagonal + 1);
        }
    }
    1.0 - costs[other.len()] as f64 / longest as f64
}

fn refuse_doubles(
    file: &str,
    row: u64,
    heads: &[String],
    keys: &[String],
    options: &OpenOptions<'_>,
) -> Result<(), OfficeError> {
    let columns: Vec<&&[&str]> = options.known.iter().chain(options.required).collect();
    for (second, key) in keys.iter().enumerate() {
        if !is_known(key, options) {
            continue;
        }
        if let Some(first) = keys[..second].iter().position(|k| k == key) {
            return Err(OfficeError::DoubleHead {
                file: file.to_owned(),
                row,
                head: heads[second].clone(),
                first: first + 1,
                second: second + 1,
            });
        }
    }
    // Further spellings may be columns of their own in a real file (移动电话 beside 联系电话): whoever takes the rows looks at all
    // of them ([`super::TableReader::columns`]). The two official heads can only mean the same.
    for spellings in columns {
        let [one, other, ..] = spellings else { continue };
        let place = |spelling: &str| keys.iter().position(|key| *key == head_key(spelling));
        if let (Some(a), Some(b)) = (place(one), place(other))
            && a != b
        {
            let (first, second) = (a.min(b), a.max(b));
            return Err(OfficeError::SameColumn {
                file: file.to_owned(),
                row,
                one: heads[first].clone(),
                first: first + 1,
                other: heads[second].clone(),
                second: second + 1,
            });
        }
    }
    Ok(())
}
