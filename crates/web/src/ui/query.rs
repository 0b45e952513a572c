//! The query of a page's address, so that a link can keep every filter and change one.

use std::fmt::Write;

/// An address with its query, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlQuery {
    path: String,
    pairs: Vec<(String, String)>,
}

impl UrlQuery {
    /// Reads the query of a request; empty values are dropped, so that addresses stay short enough to read.
    pub fn read(path: &str, query: &str) -> UrlQuery {
        let pairs = query
            .split('&')
            .filter_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                let value = decode(value);
                (!value.trim().is_empty()).then(|| (decode(name), value))
            })
            .collect();
        UrlQuery {
            path: path.to_owned(),
            pairs,
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Every pair, for hidden fields of a form that must keep the view.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The same view under another path (an export, a bulk act).
    pub fn at(&self, path: impl Into<String>) -> UrlQuery {
        UrlQuery {
            path: path.into(),
            pairs: self.pairs.clone(),
        }
    }

    /// The same view with one value changed; an empty value removes it.
    pub fn with(&self, name: &str, value: &str) -> UrlQuery {
        let mut next = self.without(&[name]);
        if !value.is_empty() {
            next.pairs.push((name.to_owned(), value.to_owned()));
        }
        next
    }

    /// The same view with one more value under a name that may have several.
    pub fn and(mut self, name: &str, value: &str) -> UrlQuery {
        self.pairs.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(&self, names: &[&str]) -> UrlQuery {
        let pairs = self
            .pairs
            .iter()
            .filter(|(key, _)| !names.contains(&key.as_str()))
            .cloned()
            .collect();
        UrlQuery {
            path: self.path.clone(),
            pairs,
        }
    }

    /// The path without any query.
    pub fn without_all(&self) -> String {
        self.path.clone()
    }

    /// Only the query, without `?`.
    pub fn query(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.pairs {
            if !out.is_empty() {
                out.push('&');
            }
            encode(name, &mut out);
            out.push('=');
            encode(value, &mut out);
        }
        out
    }

    pub fn url(&self) -> String {
        if self.pairs.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query())
        }
    }
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_other_filters() {
        let view = UrlQuery::read(
            "/worklist/task",
            "q=%E8%85%BE%E6%B5%A9+&rule=found-25&state=&page=3",
        );
        assert_eq!(view.get("q"), Some("腾浩 "));
        assert_eq!(view.get("state"), None);
        assert_eq!(
            view.with("page", "").with("sort", "due").url(),
            "/worklist/task?q=%E8%85%BE%E6%B5%A9%20&rule=found-25&sort=due"
        );
    }

    #[test]
    fn a_broken_escape_stays_as_typed() {
        assert_eq!(UrlQuery::read("/", "q=100%").get("q"), Some("100%"));
    }
}
