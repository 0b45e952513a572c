//! Cutting a value into words and into short pieces.

/// Words of a text in lower case: runs of letters and digits. Chinese writes no blanks, so a run of Han characters gives its
/// overlapping pairs instead (a single character gives itself).
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut han: Vec<char> = Vec::new();
    for c in text.chars() {
        if is_han(c) {
            flush_word(&mut word, &mut found);
            han.push(c);
        } else if c.is_alphanumeric() {
            flush_han(&mut han, &mut found);
            word.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '’') {
            flush_word(&mut word, &mut found);
            flush_han(&mut han, &mut found);
        }
    }
    flush_word(&mut word, &mut found);
    flush_han(&mut han, &mut found);
    found
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn flush_word(word: &mut String, found: &mut Vec<String>) {
    if !word.is_empty() {
        found.push(std::mem::take(word));
    }
}

fn flush_han(han: &mut Vec<char>, found: &mut Vec<String>) {
    match han.as_slice() {
        [] => {}
        [one] => found.push(one.to_string()),
        many => found.extend(many.windows(2).map(|pair| pair.iter().collect::<String>())),
    }
    han.clear();
}

/// Overlapping pieces of `size` characters; the ends are marked with `#`, so that a short text has pieces as well.
pub fn pieces(text: &str, size: usize) -> Vec<String> {
    let mut marked: Vec<char> = vec!['#'];
    marked.extend(text.chars());
    marked.push('#');
    if marked.len() <= size {
        return vec![marked.into_iter().collect()];
    }
    marked
        .windows(size)
        .map(|window| window.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_both_scripts() {
        assert_eq!(words("Sony KDL-40V, 40\" TV"), ["sony", "kdl", "40v", "40", "tv"]);
        assert_eq!(words("宁波港A区"), ["宁波", "波港", "a", "区"]);
        assert_eq!(words("O'Neil’s"), ["oneils"]);
        assert!(words(" - ").is_empty());
    }

    #[test]
    fn pieces_mark_the_ends() {
        assert_eq!(pieces("ab", 3), ["#ab", "ab#"]);
        assert_eq!(pieces("", 3), ["##"]);
    }
}
