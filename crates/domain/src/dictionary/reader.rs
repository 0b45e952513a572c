//! Reading what was filled in by hand: each field by its element, every fault at once, in words for whoever filled it in.

use codes::text;
use codes::time::{Day, read_date};

use super::{Act, Dictionary, Item, ValueType, count, day};

/// A form that is being read. What cannot be used is remembered as a fault of its field and comes back as nothing.
#[derive(Debug)]
pub struct FormReader {
    act: Act,
    today: Day,
    faults: Vec<(&'static str, String)>,
}

impl FormReader {
    /// Begins to read the form of an act. `today` tells days that cannot be.
    pub fn of(act: Act, today: Day) -> FormReader {
        FormReader {
            act,
            today,
            faults: Vec::new(),
        }
    }

    /// A value in its normal form; of a code list its code. `None` where nothing is written, or nothing that can be used.
    pub fn value(&mut self, name: &'static str, raw: &str) -> Option<String> {
        let item = self.item(name)?;
        let raw = raw.trim();
        if raw.is_empty() {
            if item.is_needed {
                self.wrong(name, missing(item));
            }
            return None;
        }
        match one(item, raw, self.today) {
            // A word for nothing (无, 不详) is no answer to what must be answered.
            Ok(None) if item.is_needed => {
                self.wrong(name, missing(item));
                None
            }
            Ok(value) => value,
            Err(words) => {
                self.wrong(name, words);
                None
            }
        }
    }

    /// The same, with an empty text for nothing.
    pub fn text(&mut self, name: &'static str, raw: &str) -> String {
        self.value(name, raw).unwrap_or_default()
    }

    /// A day.
    pub fn day(&mut self, name: &'static str, raw: &str) -> Option<Day> {
        let value = self.value(name, raw)?;
        Day::parse_iso(&value).ok()
    }

    /// A whole number.
    pub fn number(&mut self, name: &'static str, raw: &str) -> Option<i64> {
        self.value(name, raw)?.parse().ok()
    }

    /// Several values, parted by 、, commas, semicolons or lines.
    pub fn values(&mut self, name: &'static str, raw: &str) -> Vec<String> {
        let Some(item) = self.item(name) else {
            return Vec::new();
        };
        let parts = raw.split(['、', ',', '，', ';', '；', '\n', '\r']);
        let parts: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
        let most = item.most.unwrap_or(1);
        if parts.is_empty() && item.is_needed {
            self.wrong(name, missing(item));
        }
        if parts.len() > most {
            let words = match most {
                1 => format!("{}只能有一位", item.element.zh),
                most => format!("{}最多填写 {most} 个", item.element.zh),
            };
            self.wrong(name, words);
            return Vec::new();
        }
        let mut values = Vec::new();
        for part in parts {
            match one(item, part, self.today) {
                Ok(value) => values.extend(value),
                Err(words) => {
                    self.wrong(name, format!("“{part}”：{words}"));
                    return Vec::new();
                }
            }
        }
        values
    }

    /// A fault that only the work itself can see.
    pub fn wrong(&mut self, name: &'static str, words: impl Into<String>) {
        self.faults.push((name, words.into()));
    }

    /// Faults that the work has found; a field that could not be read is not also missing.
    pub fn more(&mut self, faults: impl IntoIterator<Item = (&'static str, String)>) {
        for fault in faults {
            if !self.is_wrong(fault.0) {
                self.faults.push(fault);
            }
        }
    }

    /// Whether something is wrong with a field.
    pub fn is_wrong(&self, name: &str) -> bool {
        self.faults.iter().any(|(field, _)| *field == name)
    }

    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// Every fault, in the order in which they were found.
    pub fn faults(self) -> Vec<(&'static str, String)> {
        self.faults
    }

    /// A field that the form does not have is a defect; nothing is read past the dictionary, so it is told and not passed over.
    fn item(&mut self, name: &'static str) -> Option<&'static Item> {
        let item = Dictionary::shipped().form(self.act).item(name);
        if item.is_none() {
            self.wrong(name, format!("数据字典的表单“{}”没有这一项", self.act.label()));
        }
        item
    }
}

fn missing(item: &Item) -> String {
    let verb = match item.element.value_type {
        ValueType::List => "请选择",
        _ => "请填写",
    };
    format!("{verb}{}", item.element.zh)
}

/// One value, or why it cannot be used.
fn one(item: &Item, raw: &str, today: Day) -> Result<Option<String>, String> {
    let (element, zh) = (&item.element, &item.element.zh);
    // A text area has lines; nothing else that cannot be seen belongs into a register.
    if raw
        .chars()
        .any(|sign| sign.is_control() && !matches!(sign, '\n' | '\r'))
    {
        return Err(format!("{zh}含有看不见的控制字符，请重新填写"));
    }
    // Marks that nobody sees come along when text is pasted; they count as nothing.
    let raw = &text::visible(raw);
    let longest = item.longest();
    if raw.is_empty() {
        return match item.is_needed {
            true => Err(missing(item)),
            false => Ok(None),
        };
    }
    if raw.chars().count() > longest {
        return Err(format!("{zh}不能超过 {longest} 个字"));
    }
    match element.value_type {
        ValueType::Date | ValueType::PastDate => {
            let read = read_date(raw).map_err(|_| format!("{zh}无法识别，请写成 2026-11-21 的样子"))?;
            if element.value_type == ValueType::PastDate && read.is_some_and(|day| day > today) {
                return Err(format!("{zh}不能晚于今天（{today}）"));
            }
            let day = day(raw).map_err(|unfit| format!("{zh}：{unfit}"))?;
            Ok(day.map(|day| day.to_string()))
        }
        ValueType::Count => {
            let (least, most) = item.range.unwrap_or((0, i64::MAX));
            match count(raw) {
                Ok(Some(number)) if (least..=most).contains(&number) => Ok(Some(number.to_string())),
                _ if item.range.is_some() => Err(format!("{zh}应为 {least}–{most} 的整数")),
                _ => Err(format!("{zh}应为不小于 0 的整数")),
            }
        }
        // A list's normal form leaves the number out by which homonyms are told apart; typed by hand it is a slip.
        ValueType::PersonName if raw.chars().any(char::is_numeric) => Err(format!("{zh}里不应有数字")),
        ValueType::List => {
            let list = Dictionary::shipped().list_of(element);
            let found = list.and_then(|list| list.read(raw));
            match (found, list) {
                (Some(value), _) if value.is_current() => Ok(Some(value.code.clone())),
                (_, Some(list)) => Err(format!("{zh}应为：{}", list.in_words())),
                (_, None) => Err(format!("数据字典没有“{zh}”的代码表")),
            }
        }
        _ => {
            let read = Dictionary::shipped().read(element, raw, today);
            read.map_err(|unfit| format!("{zh}：{unfit}"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn today() -> Day {
        Day::parse_iso("2026-11-22").unwrap()
    }

    #[test]
    fn a_form_is_read_by_its_elements_and_every_fault_is_told_at_once() {
        let mut typed = FormReader::of(Act::RegisterTerm, today());
        assert_eq!(typed.number("term_no", " 3 "), Some(3));
        assert_eq!(
            typed.day("started_on", "2026年8月1日"),
            Day::parse_iso("2026-08-01").ok()
        );
        assert_eq!(typed.value("term_years", "五年").as_deref(), Some("5"));
        assert_eq!(
            typed.values("vices", "张三、李四\n阿依古丽·买买提"),
            ["张三", "李四", "阿依古丽·买买提"]
        );
        assert_eq!(typed.values("members", " "), Vec::<String>::new());
        assert_eq!(typed.text("document_no", ""), "");
        assert!(typed.is_sound());

        let mut typed = FormReader::of(Act::RegisterTerm, today());
        typed.number("term_no", "100");
        typed.day("started_on", "昨天");
        typed.value("term_years", "4");
        typed.value("chair", " ");
        typed.values("audit_chair", "张三、李四");
        typed.values("members", "张三1");
        typed.values("vices", &"张".repeat(51));
        typed.value("document_no", &"字".repeat(61));
        typed.more([("chair", "not told twice".to_owned())]);
        insta::assert_snapshot!(
            typed
                .faults()
                .into_iter()
                .map(|(field, words)| format!("{field}: {words}"))
                .collect::<Vec<_>>()
                .join("\n")
        );
    }

    #[test]
    fn a_day_to_come_is_refused_where_only_the_past_can_be() {
        let mut typed = FormReader::of(Act::AddOfficer, today());
        assert_eq!(typed.day("day", "2026-11-23"), None);
        assert_eq!(typed.day("day", "1900-01-01"), None);
        assert_eq!(typed.value("name", "张\u{7}三"), None);
        assert_eq!(typed.value("nothing of the form", "x"), None);
        let faults: Vec<String> = typed.faults().into_iter().map(|(_, words)| words).collect();
        assert_eq!(
            faults,
            [
                "任职日期不能晚于今天（2026-11-22）",
                "任职日期：日期是系统默认值（1900 年），不是真实日期",
                "姓名含有看不见的控制字符，请重新填写",
                "数据字典的表单“届中任职”没有这一项",
            ]
        );
    }
}
