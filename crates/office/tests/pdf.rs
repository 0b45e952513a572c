//! PDF documents, read back with poppler's `pdftotext` as any reader would.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use office::OfficeError;
use office::pdf::{COLUMNS_MAX, Field, Fonts, Imprint, ListPaper, Part, SheetPaper, UNKNOWN};
use proptest::prelude::*;

fn fonts() -> Fonts {
    Fonts::of_machine(None)
}

/// The text of each page, without any white space: where a line ends in a cell is the cell's business.
fn pages(pdf: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("paper.pdf");
    std::fs::write(&path, pdf).unwrap();
    let told = Command::new("pdftotext")
        .args(["-raw", "-enc", "UTF-8"])
        .arg(&path)
        .arg("-")
        .output()
        .expect("poppler-utils is installed: scripts/setup.sh test");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let text = String::from_utf8(told.stdout).unwrap();
    let mut pages: Vec<String> = text.split('\u{c}').map(squeezed).collect();
    assert_eq!(
        pages.pop().as_deref(),
        Some(""),
        "each page ends with a form feed"
    );
    pages
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn imprint() -> Imprint {
    Imprint {
        organisation: "宁波甲有限公司工会委员会".into(),
        title: "会员名册".into(),
        about: "共 3 人".into(),
        printed: "王干事 于 2026-08-03 10:00 打印，用途：核对台账".into(),
        notes: vec!["“—”表示没有登记。".into()],
    }
}

fn list(heads: &[&str], rows: Vec<Vec<String>>) -> ListPaper {
    ListPaper {
        imprint: imprint(),
        heads: heads.iter().map(|head| (*head).to_owned()).collect(),
        rows,
    }
}

fn one_column(texts: &[&str]) -> Vec<String> {
    let rows = texts.iter().map(|text| vec![(*text).to_owned()]).collect();
    pages(&list(&["姓名"], rows).typeset(&fonts()).unwrap())
}

#[test]
fn a_list_repeats_its_heads_and_numbers_its_pages_and_rows() {
    let rows: Vec<Vec<String>> = (1..=120)
        .map(|n| vec![format!("M{n:04}"), "王·明".into(), String::new()])
        .collect();
    let pages = pages(
        &list(&["会员标识", "姓名", "移动电话"], rows)
            .typeset(&fonts())
            .unwrap(),
    );
    let total = pages.len();
    assert!((3..=8).contains(&total), "{total}");
    for (at, page) in pages.iter().enumerate() {
        assert!(page.contains("序号会员标识姓名移动电话"), "page {at}: {page}");
        assert!(
            page.contains(&format!("第{}页/共{total}页", at + 1)),
            "page {at}: {page}"
        );
        assert!(
            page.contains("王干事于2026-08-0310:00打印，用途：核对台账"),
            "page {at}: {page}"
        );
        assert!(page.contains("宁波甲有限公司工会委员会"), "page {at}: {page}");
    }
    let all = pages.concat();
    for n in 1..=120 {
        assert_eq!(
            all.matches(&format!("{n}M{n:04}王·明{UNKNOWN}")).count(),
            1,
            "row {n}"
        );
    }
    let last = pages.last().unwrap();
    assert!(
        last.contains("盖章处") && last.contains("“—”表示没有登记。"),
        "{last}"
    );
    assert_eq!(all.matches("盖章处").count(), 1);
}

#[test]
fn a_form_has_its_fields_its_tables_and_a_place_for_the_seal() {
    let field = |label: &str, value: &str, is_wide| Field {
        label: label.into(),
        value: value.into(),
        is_wide,
    };
    let sheet = SheetPaper {
        imprint: Imprint {
            title: "会员登记表".into(),
            ..imprint()
        },
        parts: vec![
            Part::Fields(vec![
                field("姓名", "𠮷田·𪚥", false),
                field("性别", "", false),
                field("工作单位", "宁波甲有限公司", true),
                field("民族", "畲族", false),
                field("住址", &"宁海县西店镇滨海路 3 号".repeat(30), true),
            ]),
            Part::Table {
                head: "会籍经过".into(),
                heads: vec!["日期".into(), "事项".into()],
                widths: vec![1, 3],
                rows: vec![vec!["2020-01-01".into(), "入会".into()]],
                empty: "没有记录。".into(),
            },
            Part::Table {
                head: "委员会成员".into(),
                heads: vec!["姓名".into()],
                widths: vec![1],
                rows: Vec::new(),
                empty: "没有登记委员会成员。".into(),
            },
            Part::Seals(vec![
                ("本人签字".into(), String::new()),
                ("基层工会意见".into(), "（盖章处）".into()),
            ]),
        ],
    };
    let text = pages(&sheet.typeset(&fonts()).unwrap()).concat();
    for told in [
        "会员登记表",
        "姓名𠮷田·𪚥性别—",
        "工作单位宁波甲有限公司",
        "民族畲族",
        "会籍经过日期事项2020-01-01入会",
        "没有登记委员会成员。",
        "（盖章处）",
        "本人签字",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("没有记录。"), "{text}");
    assert_eq!(text.matches("滨海路3号").count(), 30);
}

#[test]
fn markup_is_text() {
    let texts = [
        "#let x = 1; #x",
        "$sum_(i=0)^n i$",
        "*粗* _斜_ `码`",
        "<label> @ref",
        "= 标题",
        "- 甲 + 乙 / 丙: 丁",
        "\\u{4e00} \\ \\#",
        "// 注释 /* 注释 */",
        "#read(\"/etc/passwd\")",
        "#image(\"/etc/hostname\")",
        "https://example.cn/?a=1&b=2#c",
        "\"引\" '号' -- --- ... ~",
        "]) #panic() ([",
        "{{ 7 * 7 }} ${x} %s",
        "=cmd|'/c calc'!A0",
    ];
    let all = one_column(&texts).concat();
    for text in texts {
        assert!(all.contains(&squeezed(text)), "{text}: {all}");
    }
}

#[test]
fn a_text_of_ten_thousand_characters_is_printed_whole_over_pages() {
    let digits: String = (0..10_000).map(|n| char::from(b'0' + (n % 10) as u8)).collect();
    for (text, sign) in [("鄞".repeat(10_000), "鄞"), (digits, "7")] {
        let pages = one_column(&[&text]);
        assert!(pages.len() > 1);
        // What stands on every page has none of the first sign; of the digits each page adds its own.
        let found = pages.concat().matches(sign).count();
        let expected = if sign == "鄞" { 10_000 } else { 1_000 };
        assert!(
            (expected..expected + 20).contains(&found),
            "{sign}: {found} of {expected}"
        );
    }
}

#[test]
fn a_character_without_a_glyph_is_said_and_never_an_empty_box() {
    // A private character that no font of the tests has, one of a script that none has, and ones that cannot be seen.
    let texts = [
        "王\u{f8ff}明",
        "甲\u{10fffd}",
        "李\u{7}四",
        "a\u{202e}b",
        "欧阳\u{200d}娜娜",
        "葛\u{e0100}氏",
    ];
    let lacking = fonts().lacking("\u{10fffd}").unwrap();
    assert_eq!(lacking, ['\u{10fffd}']);
    let all = one_column(&texts).concat();
    for told in ["甲〔U+10FFFD〕", "李〔U+0007〕四", "a〔U+202E〕b"] {
        assert!(all.contains(told), "{told}: {all}");
    }
    assert!(
        all.contains("本机字体没有以下") && all.contains("fonts-hanazono"),
        "{all}"
    );
    assert!(all.contains("看不见的字符"), "{all}");
    assert!(
        all.contains("欧阳") && all.contains("娜娜") && all.contains("葛"),
        "{all}"
    );
    let sound = one_column(&["王明"]).concat();
    assert!(
        !sound.contains("本机字体没有") && !sound.contains("看不见"),
        "{sound}"
    );
}

#[test]
fn names_are_printed_as_they_are_or_by_their_code_points() {
    let fifty = "𪚥".repeat(50);
    let names = [
        "王·明",
        "李",
        "㐀",
        "𠮷田𪚥",
        "王𬱖",
        "𰻝𱍐",
        "𬭎",
        "𮧵",
        "阿卜杜热西提·麦麦提艾力·吐尔逊",
        &fifty,
    ];
    let fonts = fonts();
    let all = one_column(&names).concat();
    for name in names {
        let lacking = fonts.lacking(name).unwrap();
        let told: String = name
            .chars()
            .map(|c| {
                if lacking.contains(&c) {
                    format!("〔U+{:04X}〕", u32::from(c))
                } else {
                    c.to_string()
                }
            })
            .collect();
        assert!(all.contains(&told), "{told}: {all}");
    }
    // What fonts-noto-cjk and fonts-hanazono have is printed itself.
    assert_eq!(fonts.lacking("㐀𠮷𪚥𬭎").unwrap(), Vec::<char>::new());
}

#[test]
fn a_machine_without_a_chinese_font_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.ttf"), "no font").unwrap();
    let none = Fonts::in_folders(vec![folder.path().to_owned(), "/nowhere".into()]);
    let refusal = list(&["姓名"], Vec::new()).typeset(&none).unwrap_err();
    assert!(
        matches!(&refusal, OfficeError::NoFont { folders } if folders.contains("/nowhere")),
        "{refusal}"
    );
    assert!(refusal.to_string().contains("没有中文字体"), "{refusal}");
}

#[test]
fn an_empty_list_and_the_broadest_are_printed() {
    let none = pages(&list(&["姓名"], Vec::new()).typeset(&fonts()).unwrap()).concat();
    assert!(
        none.contains("序号姓名") && none.contains("第1页/共1页"),
        "{none}"
    );
    let heads: Vec<String> = (1..=COLUMNS_MAX)
        .map(|n| format!("第{n}列统一社会信用代码"))
        .collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let row: Vec<String> = (0..COLUMNS_MAX)
        .map(|_| "91330226MA2T0TE13C".to_owned())
        .collect();
    let broad = pages(&list(&heads, vec![row]).typeset(&fonts()).unwrap()).concat();
    assert_eq!(
        broad.matches("91330226MA2T0TE13C").count(),
        COLUMNS_MAX,
        "{broad}"
    );
}

/// The one character among Latin letters that nobody sees.
const SOFT_HYPHEN: char = '\u{ad}';

/// Characters as people and machines type them: Han of the plane everybody has and of those beyond it, Latin, markup, signs.
fn any_character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => prop::char::range('一', '鿿'),
        2 => prop::char::range('\u{3400}', '\u{4dbf}'),
        2 => prop::char::range('\u{20000}', '\u{2a6df}'),
        1 => prop::char::range('\u{2a700}', '\u{323af}'),
        4 => prop::char::range('!', '~'),
        1 => prop::char::range('\u{a1}', '\u{17f}'),
        2 => prop::sample::select(vec!['#', '$', '*', '_', '`', '<', '>', '@', '=', '\\', '/', '"', '\'', '[', ']', '(', ')', '{', '}']),
        1 => prop::sample::select(vec!['·', '•', '．', '，', '。', '（', '）', '“', '”', '—', '…', '、', '！', '？', '～']),
        1 => prop::char::range('\u{1}', '\u{1f}'),
    ]
}

proptest! {
    // Some thousand characters; each case is a page.
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_text_comes_back_from_the_paper(texts in prop::collection::vec(prop::collection::vec(any_character(), 1..14), 1..16)) {
        let texts: Vec<String> = texts.into_iter().map(String::from_iter).collect();
        let fonts = fonts();
        let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
        let all = one_column(&refs).concat();
        for (text, number) in texts.iter().zip(1..) {
            let lacking = fonts.lacking(text).unwrap();
            let told: String = text
                .chars()
                .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
                .map(|c| if lacking.contains(&c) || c.is_control() || c == SOFT_HYPHEN { format!("〔U+{:04X}〕", u32::from(c)) } else { c.to_string() })
                .collect();
            let told = if text.trim().is_empty() { UNKNOWN.to_owned() } else { told };
            prop_assert!(all.contains(&format!("{number}{told}")), "{number}: {text:?} as {told} in {all}");
        }
    }
}
