//! A small reader of our own HTML: enough to find doubled ids, inputs without a label and inline style or script.

use std::collections::BTreeSet;

/// One tag with its attributes, as written.
struct Tag<'a> {
    name: &'a str,
    text: &'a str,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let start = self.text.find(&format!(" {name}=\""))? + name.len() + 3;
        let length = self.text[start..].find('"')?;
        Some(&self.text[start..start + length])
    }

    fn has(&self, name: &str) -> bool {
        self.text.contains(&format!(" {name}"))
    }
}

fn tags(html: &str) -> Vec<(usize, Tag<'_>)> {
    html.match_indices('<')
        .filter_map(|(at, _)| {
            let end = html[at..].find('>')?;
            let text = &html[at + 1..at + end];
            let name = text.split([' ', '\n', '/']).next().unwrap_or_default();
            name.starts_with(|first: char| first.is_ascii_alphabetic())
                .then_some((at, Tag { name, text }))
        })
        .collect()
}

/// Whether the input at `at` stands inside a label that is not closed yet.
fn is_inside_label(html: &str, at: usize) -> bool {
    let before = &html[..at];
    match (before.rfind("<label"), before.rfind("</label>")) {
        (Some(open), Some(close)) => open > close,
        (Some(_), None) => true,
        _ => false,
    }
}

/// What is wrong with a page; empty when nothing is.
pub(super) fn faults(html: &str) -> Vec<String> {
    let tags = tags(html);
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    let targets: BTreeSet<&str> = tags
        .iter()
        .filter(|(_, tag)| tag.name == "label")
        .filter_map(|(_, tag)| tag.get("for"))
        .collect();
    for (at, tag) in &tags {
        if let Some(id) = tag.get("id")
            && !ids.insert(id)
        {
            faults.push(format!("id {id} stands twice"));
        }
        if tag.has("style=") || tag.has("onclick=") || (tag.name == "script" && !tag.has("src=")) {
            faults.push(format!("inline style or script: <{}>", tag.text));
        }
        let is_field = matches!(tag.name, "input" | "select" | "textarea");
        let is_hidden = tag.get("type") == Some("hidden");
        let is_labelled = tag.has("aria-label=")
            || tag.get("id").is_some_and(|id| targets.contains(id))
            || is_inside_label(html, *at);
        if is_field && !is_hidden && !is_labelled {
            faults.push(format!("no label: <{}>", tag.text));
        }
    }
    for target in targets {
        if !ids.contains(target) {
            faults.push(format!("label for {target}, which does not exist"));
        }
    }
    if html.contains("<html") && html.matches("<h1").count() != 1 {
        faults.push(format!(
            "{} headings of the first level",
            html.matches("<h1").count()
        ));
    }
    faults
}

#[test]
fn the_checks_find_what_they_are_for() {
    assert_eq!(faults(r#"<p id="a"></p><p id="a"></p>"#).len(), 1);
    assert_eq!(faults(r#"<input name="q">"#).len(), 1);
    assert_eq!(
        faults(r#"<label for="q">词</label><input id="q" name="q">"#).len(),
        0
    );
    assert_eq!(faults(r#"<i style="width:3px"></i>"#).len(), 1);
}
