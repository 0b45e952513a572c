//! One labelled input with its help and its error beside it. A form that comes back keeps what was typed.

use askama::Template;
use codes::time::Day;
use domain::dictionary::{Act, Dictionary, Item, ValueType};

/// An input, select or text area with its label.
#[derive(Template, Debug, Clone, Default)]
#[template(path = "field.html")]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    /// `text`, `date`, `password`, `search`, `textarea`, `select`, `checkbox` …
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
    /// The last day that a calendar offers.
    pub until: Option<String>,
    /// Tells fields of one name apart that stand on a page several times.
    pub of_row: String,
    /// Its label is for screen readers alone: what stands beside it says what it is.
    pub is_quiet: bool,
}

impl Field {
    /// A field of an act's form, as the dictionary has it: label, kind of input, choices, length, what is needed, the rule as help.
    pub fn of(act: Act, name: &'static str, value: impl Into<String>) -> Field {
        match Dictionary::shipped().form(act).item(name) {
            Some(item) => Field::of_item(item, value.into()),
            None => unreachable!("the form {} of the dictionary has no {name}", act.code()),
        }
    }

    /// A box to tick of an act's form.
    pub fn tick(act: Act, name: &'static str, is_on: bool) -> Field {
        Field::of(act, name, if is_on { "1" } else { "" })
    }

    fn of_item(item: &'static Item, value: String) -> Field {
        let element = &item.element;
        let field = Field {
            max_length: item.longest(),
            is_required: item.is_needed,
            help: (!element.rule.is_empty()).then(|| element.rule.clone()),
            autocomplete: Some("off"),
            ..Field::text(&item.name, &element.zh, value)
        };
        match element.value_type {
            _ if item.most.is_some() => Field {
                kind: "textarea",
                max_length: item.most.unwrap_or(1) * (item.longest() + 1),
                ..field
            },
            ValueType::List => {
                let list = Dictionary::shipped().list_of(element);
                let named = list.into_iter().flat_map(|list| list.current());
                let none = (!item.is_needed).then(|| (String::new(), "不填".to_owned()));
                let options = named.map(|code| (code.code.clone(), code.label.clone()));
                Field {
                    kind: "select",
                    options: none.into_iter().chain(options).collect(),
                    ..field
                }
            }
            ValueType::Flag => Field {
                kind: "checkbox",
                ..field
            },
            ValueType::Date | ValueType::PastDate => field.kind("date"),
            ValueType::Phone => field.kind("tel"),
            _ => field,
        }
    }

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

    /// It must be filled in here, though not in every case that the form is for.
    pub fn needed(mut self) -> Field {
        self.is_required = true;
        self
    }

    /// Only these choices.
    pub fn only(mut self, codes: &[&str]) -> Field {
        self.options.retain(|(code, _)| codes.contains(&code.as_str()));
        self
    }

    /// No later day than this one.
    pub fn until(mut self, day: Day) -> Field {
        self.until = Some(day.to_string());
        self
    }

    /// One of several of its name on the page, in a row that says what it is about.
    pub fn of_row(mut self, row: impl Into<String>) -> Field {
        self.of_row = row.into();
        self
    }

    /// Without help: there is no room for it.
    pub fn silent(mut self) -> Field {
        self.help = None;
        self
    }

    /// Without a label and a help that can be seen.
    pub fn quiet(mut self) -> Field {
        self.is_quiet = true;
        self.silent()
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
        match self.of_row.as_str() {
            "" => format!("f-{}", self.name),
            row => format!("f-{}-{row}", self.name),
        }
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
