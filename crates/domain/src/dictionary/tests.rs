use std::collections::{BTreeSet, HashMap};

use codes::text;
use codes::time::Day;
use proptest::prelude::*;

use super::*;
use crate::intake::Kind;
use crate::membership::ChangeKind;
use crate::union_org::legal::{LegalState, LegalStep};
use crate::union_org::term::{Body, Post};

fn today() -> Day {
    Day::new(2026, 11, 22).expect("a day")
}

/// Every entry with its kind, as a failure names it.
fn entries() -> impl Iterator<Item = (Record, &'static Element)> {
    let dictionary = Dictionary::shipped();
    Record::all().flat_map(|record| dictionary.of(record).iter().map(move |element| (record, element)))
}

/// Every field of a form with its act.
fn items() -> impl Iterator<Item = (Act, &'static Item)> {
    let dictionary = Dictionary::shipped();
    Act::ALL
        .iter()
        .flat_map(|act| dictionary.form(*act).items.iter().map(move |item| (*act, item)))
}

#[test]
fn every_example_holds_under_its_own_rule() {
    for (record, element) in entries() {
        let read = Dictionary::shipped().read(element, &element.example, today());
        assert!(
            matches!(&read, Ok(Some(_))),
            "{} {}: {read:?}",
            record.name(),
            element.name
        );
    }
}

#[test]
fn an_element_names_its_list_and_every_list_is_used() {
    let mut used = BTreeSet::new();
    for (record, element) in entries() {
        assert_eq!(
            element.value_type == ValueType::List,
            element.list.is_some(),
            "{} {}",
            record.name(),
            element.name
        );
        if let Some(name) = &element.list {
            assert!(Dictionary::shipped().list(name).is_some(), "{name}");
            used.insert(name.as_str());
        }
    }
    // No column of a file: what the columns are used for.
    used.insert(crate::consent::LIST);
    let all: BTreeSet<&str> = Dictionary::shipped()
        .lists()
        .iter()
        .map(|list| list.name.as_str())
        .collect();
    assert_eq!(used, all);
}

#[test]
fn what_is_sealed_is_somebodys_own_and_what_is_sensitive_is_sealed() {
    for (record, element) in entries() {
        let named = (record.name(), &element.name);
        assert!(
            !element.is_sealed || element.sensitivity.is_personal(),
            "{named:?}"
        );
        assert!(
            element.is_sealed || element.sensitivity < Sensitivity::Sensitive,
            "{named:?}"
        );
        if element.is_sealed {
            assert_ne!(element.masked(&element.example), element.example, "{named:?}");
        }
    }
}

#[test]
fn whoever_can_be_named_called_or_looked_up_is_covered_in_every_kind() {
    use ValueType::{CompanyName, Flag, IdNumber, List, Phone};
    for (record, element) in entries() {
        let named = (record.name(), &element.name);
        let says_who = matches!(element.value_type, ValueType::PersonName | IdNumber | Phone);
        assert!(
            element.is_masked() || !says_who,
            "{named:?} is shown to everybody"
        );
        let hidden = element.masked(&element.example) != element.example;
        assert_eq!(hidden, element.is_masked(), "{named:?}");
        let is_shown = element.sensitivity.is_personal() && !element.is_masked();
        // What says nothing of anybody by itself.
        assert!(
            !is_shown || matches!(element.value_type, List | Flag | CompanyName),
            "{named:?}"
        );
    }
    // Where to knock is published (企业信息公示暂行条例).
    for (kind, name) in [
        (Kind::Unions, "employer_uscc"),
        (Kind::Unions, "union_code"),
        (Kind::Unions, "address"),
        (Kind::Enterprises, "uscc"),
        (Kind::Enterprises, "name"),
        (Kind::Enterprises, "address"),
    ] {
        let element = Dictionary::shipped().element(kind, name).expect("an element");
        assert_eq!(element.masked(&element.example), element.example, "{name}");
    }
    assert_eq!(
        Dictionary::shipped().masked(Kind::Unions, "no such element", "李建国"),
        "***"
    );
}

#[test]
fn what_bears_one_label_reads_alike_wherever_it_stands() {
    let mut first: HashMap<&str, &Element> = HashMap::new();
    for (record, element) in entries() {
        let other = *first.entry(&element.zh).or_insert(element);
        assert_eq!(
            other.value_type,
            element.value_type,
            "{} {}",
            record.name(),
            element.name
        );
        assert_eq!(
            other.is_sealed,
            element.is_sealed,
            "{} {}",
            record.name(),
            element.name
        );
    }
}

#[test]
fn a_label_means_one_code_through_all_versions() {
    for list in Dictionary::shipped().lists() {
        let mut codes: HashMap<String, &str> = HashMap::new();
        for value in &list.values {
            for writing in [&value.label].into_iter().chain(&value.also) {
                let code = codes.entry(text::normalise(writing)).or_insert(&value.code);
                assert_eq!(*code, value.code, "{}: {writing}", list.name);
            }
            assert!(value.since <= list.version(), "{}: {}", list.name, value.label);
            assert!(
                value.until.is_none_or(|until| until >= value.since),
                "{}",
                value.label
            );
        }
        let mut current = BTreeSet::new();
        for value in list.current() {
            assert!(
                current.insert(&value.code),
                "{}: two names of {}",
                list.name,
                value.code
            );
        }
        for value in &list.values {
            assert!(
                value.is_current() || current.contains(&value.code),
                "{}: {} has no name today",
                list.name,
                value.code
            );
        }
    }
}

#[test]
fn a_record_keeps_the_name_it_was_written_under() {
    let list = Dictionary::shipped().list("skill_grade").expect("skill grades");
    let old = list.read("职业资格三级(高级)").expect("the old name");
    let new = list.read("高级工").expect("the new name");
    assert_eq!(
        (old.label.as_str(), new.label.as_str()),
        ("职业资格三级（高级）", "高级工（三级）")
    );
    assert_eq!(list.code_of(&old.label), list.code_of(&new.label));
    // A bare code says nothing about when it was written.
    assert_eq!(
        list.read("3").map(|value| value.label.as_str()),
        Some("高级工（三级）")
    );
    assert!(list.current().all(|value| value.label != old.label));
}

#[test]
fn a_value_outside_its_list_is_refused_with_what_would_do() {
    let dictionary = Dictionary::shipped();
    let read = |name: &str, raw: &str| {
        let element = dictionary.element(Kind::Members, name).expect("an element");
        dictionary.read(element, raw, today()).map_err(|unfit| unfit.0)
    };
    insta::assert_snapshot!(
        [
            ("education", "有限公司"),
            ("education", "大学本科"),
            ("sex", "男性"),
            ("ethnicity", "汉"),
            ("ethnicity", "火星族"),
            ("is_migrant", "Ｙ"),
            ("is_migrant", "也许"),
            ("birth_date", "1990年1月1日"),
            ("birth_date", "2990-01-01"),
            ("birth_date", "1900-01-01"),
            ("event_date", "昨天"),
            ("name", "王 芳"),
            ("name", "王?"),
            ("name", "买买提·吐尔逊"),
            ("id_no", "330226670401001"),
            ("id_no", "3.30226E+17"),
            ("phone", "无"),
            ("education", "  "),
        ]
        .map(|(name, raw)| format!("{name} {raw:?}: {:?}", read(name, raw)))
        .join("\n")
    );
}

#[test]
fn what_is_registered_by_hand_is_asked_for_on_a_form_and_nothing_else_is() {
    for registered in Registered::ALL {
        for element in Dictionary::shipped().of(*registered) {
            let is_asked = items().any(|(_, item)| {
                item.record == Record::from(*registered)
                    && item.element.value_type == element.value_type
                    && item.element.list == element.list
                    && item.element.example == element.example
            });
            assert!(is_asked, "{}.{} is on no form", registered.code(), element.name);
            assert!(!element.is_on_form && !element.is_required(), "{}", element.name);
        }
    }
    for act in Act::ALL {
        let form = Dictionary::shipped().form(*act);
        assert_eq!(form.zh, act.label());
        assert!(!form.operations.is_empty(), "{} is no operation", act.code());
        let mut names = BTreeSet::new();
        for item in &form.items {
            assert!(names.insert(&item.name), "{}: two {}", act.code(), item.name);
            assert!(
                !item.element.rule.is_empty() && item.longest() > 0,
                "{}",
                item.name
            );
            let is_number = item.element.value_type == ValueType::Count;
            assert!(item.range.is_none() || is_number, "{}", item.name);
        }
    }
    let all: BTreeSet<&String> = Act::ALL
        .iter()
        .flat_map(|act| &Dictionary::shipped().form(*act).operations)
        .collect();
    let many = Act::ALL
        .iter()
        .map(|act| Dictionary::shipped().form(*act).operations.len());
    assert_eq!(all.len(), many.sum::<usize>(), "an operation has one form");
}

#[test]
fn the_example_of_an_element_can_be_typed_into_every_form_that_asks_for_it() {
    for (act, item) in items() {
        let name = item.name.as_str();
        let mut typed = FormReader::of(act, today());
        let read = match item.most {
            Some(_) => typed.values(name, &item.element.example).pop(),
            None => typed.value(name, &item.element.example),
        };
        assert!(read.is_some(), "{} {name}: {:?}", act.code(), typed.faults());
        let mut nothing = FormReader::of(act, today());
        assert_eq!(nothing.value(name, "  "), None);
        assert_eq!(nothing.is_wrong(name), item.is_needed, "{} {name}", act.code());
    }
}

/// The codes and names in use of a list.
fn values_of(list: &str) -> Vec<(&'static str, &'static str)> {
    let list = Dictionary::shipped().list(list).expect("a list");
    list.current()
        .map(|value| (value.code.as_str(), value.label.as_str()))
        .collect()
}

#[test]
fn what_the_code_decides_by_is_what_the_lists_say() {
    let steps: Vec<_> = LegalStep::ALL
        .iter()
        .map(|step| (step.code(), step.label()))
        .collect();
    assert_eq!(steps, values_of("legal_step"));
    let bodies = Body::ALL.map(|body| (body.code(), body.label()));
    assert_eq!(bodies.as_slice(), values_of("committee_body"));
    let posts = Post::ALL.map(|post| {
        let label = match (post.label(Body::Committee), post.label(Body::Audit)) {
            (one, other) if one == other => one.to_owned(),
            (one, other) => format!("{one}（{other}）"),
        };
        (post.code(), label)
    });
    let listed = values_of("committee_post")
        .into_iter()
        .map(|(code, label)| (code, label.to_owned()));
    assert_eq!(posts.to_vec(), listed.collect::<Vec<_>>());
    let kinds = ChangeKind::ASKED.map(|kind| (kind.code(), kind.label()));
    assert_eq!(kinds.as_slice(), values_of("membership_change"));
    let states: Vec<_> = LegalState::ALL.iter().map(|state| state.label()).collect();
    let listed: Vec<_> = values_of("legal_status")
        .into_iter()
        .map(|(_, label)| label)
        .collect();
    assert_eq!(states, listed);
    let years = values_of("term_years")
        .into_iter()
        .map(|(code, _)| code.parse().ok());
    let mut years: Vec<Option<u32>> = years.collect();
    years.reverse();
    assert_eq!(years, crate::organising::TERM_YEARS.map(Some));
    let codes: BTreeSet<&str> = values_of("event_reason")
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    for kind in ChangeKind::ASKED {
        assert!(
            kind.reasons().iter().all(|reason| codes.contains(reason)),
            "{}",
            kind.code()
        );
    }
}

#[test]
fn what_the_code_measures_is_as_long_as_the_elements_say() {
    let longest = |record: Registered, name: &str| {
        Dictionary::shipped()
            .element(record, name)
            .and_then(|one| one.longest)
    };
    for (record, name, most) in [
        (Registered::Zones, "zone_name", crate::zone::NAME_MAX),
        (
            Registered::Plates,
            "plate_name",
            crate::union_org::alias::NAME_MAX,
        ),
        (
            Registered::LegalPersons,
            "certificate_no",
            crate::union_org::legal::NUMBER_MAX,
        ),
        (Registered::Grounds, "words", crate::membership::WORDS_MAX),
    ] {
        assert_eq!(longest(record, name), Some(most), "{name}");
    }
}

/// A cell of a table.
fn needed_words(item: &Item) -> String {
    let needed = if item.is_needed { "必填" } else { "" };
    let most = item.most.map(|most| format!("最多 {most} 个"));
    let range = item.range.map(|(least, most)| format!("{least}–{most}"));
    let longest = match item.element.value_type {
        ValueType::Text
        | ValueType::Key
        | ValueType::PersonName
        | ValueType::UnionName
        | ValueType::CompanyName => Some(format!("{} 字以内", item.longest())),
        _ => None,
    };
    let parts = [Some(needed.to_owned()), most, range, longest];
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join("，")
}

fn content_of(element: &Element) -> String {
    match Dictionary::shipped().list_of(element) {
        Some(list) => format!("[{}](#{})", list.zh, list.name),
        None => element.value_type.label().to_owned(),
    }
}

/// What each act asks for.
fn forms_page() -> String {
    let mut page = String::from(
        "\n# 办理表单\n\n\
         每一项登记和变更要填什么；网页上的表单和接口的请求体相同。“数据元”一栏说明它属于哪一类记录。代码表的项填名称，接口里写代码。\n\n\
         What each act asks for, alike on pages and in the bodies of the interface, where values of code lists are written as codes.\n",
    );
    for act in Act::ALL {
        let form = Dictionary::shipped().form(*act);
        page += &format!(
            "\n## {} `{}`\n\n{} · 接口 {}\n\n",
            form.zh,
            act.code(),
            form.en,
            form.operations
                .iter()
                .map(|id| format!("`{id}`"))
                .collect::<Vec<_>>()
                .join("、")
        );
        page += "| 项 | 名称 | 内容 | 填写要求 | 限制 | 数据元 |\n| --- | --- | --- | --- | --- | --- |\n";
        for item in &form.items {
            page += &format!(
                "| {} | `{}` | {} | {} | {} | {} |\n",
                item.element.zh,
                item.name,
                content_of(&item.element),
                item.element.rule,
                needed_words(item),
                item.record.label(),
            );
        }
        if let Some(with) = form.with {
            page += &format!("\n另可填“{}”的各项数据元。\n", with.label());
        }
    }
    page
}

/// The guide's reference page.
fn page() -> String {
    let dictionary = Dictionary::shipped();
    let mut page = String::from(
        "<!-- Made from dictionary/*.toml by the tests of the crate domain (`make golden`); not edited by hand. -->\n\n\
         # 数据字典\n\n\
         文件里每一类记录的数据元、填写要求和代码表；在网页上和由接口登记的，另见[办理表单](dictionary-acts.md)。文件的列名用中文或英文都可以，列的先后不限；Excel 模板用\n\
         `gonghui export template --kind KIND --out FILE` 或控制台“数据字典”页下载。\n\n\
         敏感程度写明“遮盖”的，页面、接口和脱敏导出里只显示一部分（[为什么](../decisions/0035-masks-by-dictionary.md)）；其余照登记的显示。\n\n\
         The elements of each record that files bring, the rule for each, and the code lists. Heads may be Chinese or English, in any order. What is\n\
         marked 遮盖 is shown in part on pages, to programs and in masked exports; everything else as it is registered.\n",
    );
    for record in Record::all().filter(|record| record.kind().is_some()) {
        page += &record_page(record);
    }
    page += "\n\\* 文件必须有这一列，内容可以为空。\n";
    page += "\n# 代码表\n";
    for list in dictionary.lists() {
        page += &format!(
            "\n<a id=\"{}\"></a>\n\n## {}\n\n{} · {}\n\n",
            list.name, list.zh, list.en, list.source
        );
        page += "| 代码 | 名称 | 导入时也认 |\n| --- | --- | --- |\n";
        for value in &list.values {
            let old = if value.is_current() {
                ""
            } else {
                "（旧称，旧记录保留）"
            };
            page += &format!(
                "| {} | {}{old} | {} |\n",
                value.code,
                value.label,
                value.also.join("、")
            );
        }
    }
    page
}

/// What is registered by hand, and what each act asks for.
fn acts_page() -> String {
    let mut page = String::from(
        "<!-- Made from dictionary/*.toml by the tests of the crate domain (`make golden`); not edited by hand. -->\n\n\
         # 数据字典：在网页上和由接口登记的\n\n\
         没有文件、只在网页上和由接口登记的各类数据元，以及每一项办理要填什么。文件里的各类和代码表见[数据字典](dictionary.md)。\n\n\
         What comes in no file and is registered on pages or through the interface, and what each act asks for.\n",
    );
    for record in Record::all().filter(|record| record.kind().is_none()) {
        page += &record_page(record);
    }
    page += &forms_page();
    page.replace("](#", "](dictionary.md#")
}

fn record_page(record: Record) -> String {
    let dictionary = Dictionary::shipped();
    let mut page = format!("\n## {} `{}`\n\n", record.label(), record.name());
    page += "| 列 | English head | 内容 | 填写要求 | 敏感程度 | 示例 | 依据 |\n| --- | --- | --- | --- | --- | --- | --- |\n";
    for element in dictionary.of(record) {
        let content = content_of(element);
        let needed = if element.is_required() { " \\*" } else { "" };
        let sealed = if element.is_sealed { "，加密" } else { "" };
        let covered = if element.is_masked() { "，遮盖" } else { "" };
        page += &format!(
            "| {}{needed} | `{}` | {content} | {} | {}{sealed}{covered} | {} | {} |\n",
            element.zh,
            element.name,
            element.rule,
            element.sensitivity.label(),
            element.example,
            element.source.as_deref().unwrap_or("")
        );
    }
    page
}
#[test]
fn the_reference_pages_say_what_the_dictionary_says() {
    for (name, said) in [("dictionary.md", page()), ("dictionary-acts.md", acts_page())] {
        let path = format!("{}/../../docs/guide/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(&path, &said).expect("the page");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == said,
            "docs/guide/{name} is not what the dictionary says: run `make golden`"
        );
    }
}

proptest! {
    /// What was read once reads the same again: a round trip through a file changes nothing.
    #[test]
    fn a_normal_form_is_its_own_normal_form(at in any::<prop::sample::Index>(), which in any::<prop::sample::Index>(), wide in any::<bool>()) {
        let listed: Vec<&Element> = entries().map(|(_, element)| element).filter(|e| e.list.is_some()).collect();
        let element = listed[at.index(listed.len())];
        let list = Dictionary::shipped().list_of(element).unwrap();
        let value = &list.values[which.index(list.values.len())];
        let raw = if wide { format!(" {}　", value.label.replace('（', "(").replace('）', ")")) } else { value.label.clone() };
        let once = Dictionary::shipped().read(element, &raw, today()).unwrap();
        prop_assert_eq!(once.as_deref(), Some(value.label.as_str()));
    }

    /// Nothing that anybody can write makes a reading panic, and an unreadable value never becomes another one in silence: what
    /// comes back reads as itself.
    #[test]
    fn any_text_is_read_or_refused(at in any::<prop::sample::Index>(), raw in "\\PC{0,12}") {
        let all: Vec<&Element> = entries().map(|(_, element)| element).collect();
        let element = all[at.index(all.len())];
        // Money is kept in fen, so its normal form is another unit.
        let is_money = matches!(element.value_type, ValueType::Yuan | ValueType::WanYuan);
        if let Ok(Some(once)) = Dictionary::shipped().read(element, &raw, today()) && !is_money {
            prop_assert_eq!(Dictionary::shipped().read(element, &once, today()), Ok(Some(once.clone())));
        }
    }
}
