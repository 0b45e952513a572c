//! Edit distance on code points, bounded at two.
//!
//! Chinese names are short and one character carries much, so only "same, one slip, two slips, more" matters; byte-wise
//! distances (as SQL engines offer them) would count one differing character as three.

/// Number of slips between two texts: substitution, insertion, deletion or a swap of neighbours; 3 stands for "three or
/// more".
pub fn slips(a: &[char], b: &[char]) -> u8 {
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let (a, b) = trim_common(a, b);
    if a.is_empty() || b.is_empty() {
        return (a.len().max(b.len())).min(3) as u8;
    }
    if a.len() == 2 && b.len() == 2 && a[0] == b[1] && a[1] == b[0] {
        return 1;
    }
    if a.len().max(b.len()) == 1 {
        return 1;
    }
    // What is left begins and ends differently, so one slip is impossible but for the cases above.
    if osa_within_two(a, b) { 2 } else { 3 }
}

/// True when `short` can be read inside `long` by leaving characters out, in order (腾浩用品 in 腾浩户外用品).
pub fn is_subsequence(short: &[char], long: &[char]) -> bool {
    let mut rest = long.iter();
    short.iter().all(|c| rest.any(|l| l == c))
}

fn trim_common<'a>(a: &'a [char], b: &'a [char]) -> (&'a [char], &'a [char]) {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    (&a[..a.len() - tail], &b[..b.len() - tail])
}

/// Optimal string alignment of at most two edits, by trying each first edit and trimming again.
fn osa_within_two(a: &[char], b: &[char]) -> bool {
    let one_more = |x: &[char], y: &[char]| {
        let (x, y) = trim_common(x, y);
        x.is_empty() && y.is_empty()
            || x.len().max(y.len()) == 1
            || (x.len() == 2 && y.len() == 2 && x[0] == y[1] && x[1] == y[0])
    };
    one_more(&a[1..], &b[1..])
        || one_more(&a[1..], b)
        || one_more(a, &b[1..])
        || (a.len() > 1 && b.len() > 1 && a[0] == b[1] && a[1] == b[0] && one_more(&a[2..], &b[2..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(a: &str, b: &str) -> u8 {
        slips(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
    }

    #[test]
    fn counts_code_points_not_bytes() {
        assert_eq!(of("腾浩户外", "腾浩户外"), 0);
        assert_eq!(of("腾浩户外", "腾皓户外"), 1);
        assert_eq!(of("腾浩户外", "浩腾户外"), 1);
        assert_eq!(of("腾浩户外用品", "腾浩户外品"), 1);
        assert_eq!(of("腾浩户外用品", "腾浩户品"), 2);
        assert_eq!(of("腾浩户外", "永兴服饰"), 3);
        assert_eq!(of("", "腾"), 1);
    }

    #[test]
    fn a_short_form_is_a_subsequence() {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        assert!(is_subsequence(&chars("腾浩用品"), &chars("腾浩户外用品")));
        assert!(!is_subsequence(&chars("浩腾"), &chars("腾浩户外")));
    }

    /// The plain quadratic algorithm, to check the fast one against.
    fn plain_osa(a: &[char], b: &[char]) -> usize {
        let mut d = vec![vec![0usize; b.len() + 1]; a.len() + 1];
        for (i, row) in d.iter_mut().enumerate() {
            row[0] = i;
        }
        d[0] = (0..=b.len()).collect();
        for i in 1..=a.len() {
            for j in 1..=b.len() {
                let cost = usize::from(a[i - 1] != b[j - 1]);
                let mut best = (d[i - 1][j] + 1).min(d[i][j - 1] + 1).min(d[i - 1][j - 1] + cost);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(d[i - 2][j - 2] + 1);
                }
                d[i][j] = best;
            }
        }
        d[a.len()][b.len()]
    }

    /// A name and the same with up to three slips.
    fn near() -> impl Strategy<Value = (Vec<char>, Vec<char>)> {
        let slip = (
            0..4u8,
            any::<prop::sample::Index>(),
            prop::sample::select(vec!['甲', '乙', '丙', '丁']),
        );
        ("[甲乙丙丁戊己]{0,16}", prop::collection::vec(slip, 0..=3)).prop_map(|(name, slips)| {
            let name: Vec<char> = name.chars().collect();
            let mut other = name.clone();
            for (kind, at, letter) in slips {
                let at = at.index(other.len() + 1);
                match kind {
                    0 => other.insert(at, letter),
                    1 if at < other.len() => drop(other.remove(at)),
                    2 if at + 1 < other.len() => other.swap(at, at + 1),
                    _ if at < other.len() => other[at] = letter,
                    _ => {}
                }
            }
            (name, other)
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_algorithm(a in "[甲乙丙]{0,7}", b in "[甲乙丙]{0,7}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(slips(&a, &b), plain_osa(&a, &b).min(3) as u8);
            prop_assert_eq!(slips(&a, &b), slips(&b, &a));
        }

        #[test]
        fn agrees_with_the_plain_algorithm_on_names_a_few_slips_apart((a, b) in near()) {
            prop_assert_eq!(slips(&a, &b), plain_osa(&a, &b).min(3) as u8);
            prop_assert_eq!(slips(&a, &b), slips(&b, &a));
        }
    }
}
