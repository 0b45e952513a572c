//! One labelled input with its help and its error beside it. A form that comes back keeps what was typed.

use askama::Template;

/// An input, select or text area with its label.
#[derive(Template, Debug, Clone, Default)]
#[template(path = "field.html")]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    /// `text`, `date`, `password`, `search`, `textarea`, `select` …
    pub kind: &'static str,
    pub value: String,
    pub is_required: bool,
    pub is_wide: bool,
    pub max_length: usize,
    pub help: Option<String>,
    pub error: Option<String>,
    /// What else is wrong with it.
    pub more: Vec<String>,
    pub autocomplete: Option<&'static str>,
    pub options: Vec<(String, String)>,
}

impl Field {
    /// A required text field of 100 characters; the methods below turn it into others.
    pub fn text(name: &'static str, label: &'static str, value: impl Into<String>) -> Field {
        Field {
            name,
            label,
            kind: "text",
            value: value.into(),
            is_required: true,
            max_length: 100,
            ..Field::default()
        }
    }

    /// A choice from a list of (value, label).
    pub fn select(
        name: &'static str,
        label: &'static str,
        value: impl Into<String>,
        options: Vec<(String, String)>,
    ) -> Field {
        Field {
            kind: "select",
            options,
            ..Field::text(name, label, value)
        }
    }

    pub fn kind(mut self, kind: &'static str) -> Field {
        self.kind = kind;
        self
    }

    /// A value that the reader may not change: plain text with why and who may, no input.
    pub fn locked(mut self, now: impl Into<String>, why: impl Into<String>) -> Field {
        self.kind = "locked";
        self.value = now.into();
        self.is_required = false;
        self.help(why)
    }

    pub fn optional(mut self) -> Field {
        self.is_required = false;
        self
    }

    pub fn wide(mut self) -> Field {
        self.is_wide = true;
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Field {
        self.help = Some(text.into());
        self
    }

    pub fn longest(mut self, characters: usize) -> Field {
        self.max_length = characters;
        self
    }

    pub fn autocomplete(mut self, value: &'static str) -> Field {
        self.autocomplete = Some(value);
        self
    }

    /// Takes the messages for this field, if some of `errors` name it.
    pub fn errors(mut self, errors: &[(String, String)]) -> Field {
        let mut mine = errors
            .iter()
            .filter(|(name, _)| name == self.name)
            .map(|(_, text)| text.clone());
        self.error = mine.next();
        self.more = mine.collect();
        self
    }

    fn id(&self) -> String {
        format!("f-{}", self.name)
    }

    fn describe(&self) -> String {
        let mut parts = Vec::new();
        if self.error.is_some() {
            parts.push(format!("{}-wrong", self.id()));
        }
        if self.help.is_some() {
            parts.push(format!("{}-help", self.id()));
        }
        let described = if parts.is_empty() {
            String::new()
        } else {
            format!(r#" aria-describedby="{}""#, parts.join(" "))
        };
        if self.error.is_some() {
            format!(r#"{described} aria-invalid="true""#)
        } else {
            described
        }
    }
}
