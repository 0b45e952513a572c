use crate::town::{Folder, PEOPLE, catalogues, csv_of, households, list_of, people, soiled, town};

/// Found, right and true pairs; the i-th people of both files belong together.
fn right(pairs: &[(String, String, f64)]) -> usize {
    pairs
        .iter()
        .filter(|(left, right, _)| left[1..] == right[1..])
        .count()
}

#[test]
fn people_are_found_through_slips_swaps_and_gaps() {
    let folder = town(600);
    let summary = folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    let pairs = folder.pairs();
    let right = right(&pairs);
    assert!(right >= 575, "{right} of 600 found");
    assert!(pairs.len() - right <= 3, "{} wrong", pairs.len() - right);
    assert_eq!(summary.pairs_written, pairs.len());
    let expected = summary.expected_matches;
    assert!(
        (expected - pairs.len() as f64).abs() < 10.0,
        "{expected} expected, {} found",
        pairs.len()
    );
}

#[test]
fn the_answer_does_not_depend_on_the_threads() {
    let folder = town(400);
    let mut answers = Vec::new();
    for threads in [1, 2, 5] {
        folder
            .link(PEOPLE, "a.csv", Some("b.csv"), threads)
            .expect("linked");
        answers.push((folder.read("pairs.csv"), folder.read("report.json")));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[test]
fn pairs_stand_in_file_order_with_six_decimals() {
    let folder = town(200);
    folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    let text = folder.read("pairs.csv");
    let mut before = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let row: usize = cells[0][1..].parse().expect("a number");
        assert!(row >= before, "{line}");
        before = row;
        assert_eq!(cells[2].split('.').nth(1).map(str::len), Some(6), "{line}");
    }
    assert!(text.starts_with("left_id,right_id,probability\n"));
}

#[test]
fn duplicates_within_one_table_are_named_once_the_earlier_row_first() {
    let folder = Folder::new();
    let mut all = people(300);
    let again = soiled(&all[..120]);
    all.extend(again);
    folder.write("all.csv", csv_of(&all));
    let spec = PEOPLE.replace("keep = \"one_to_one\"", "");
    folder.link(&spec, "all.csv", None, 2).expect("linked");
    let pairs = folder.pairs();
    assert!(right(&pairs) >= 117, "{} of 120 found", right(&pairs));
    assert!(pairs.len() - right(&pairs) <= 3);
    for (left, right, probability) in &pairs {
        assert!(
            left.starts_with('a') || right.starts_with('b'),
            "{left} before {right}"
        );
        assert!(left != right && (0.5..=1.0).contains(probability));
    }
}

#[test]
fn a_crossed_rule_finds_duplicates_in_either_order() {
    let folder = Folder::new();
    folder.write(
        "all.csv",
        "id,phone,mobile,name\n1,555-0101,,ann\n2,,555-0101,ann\n3,,555-0202,bob\n4,555-0202,,bob\n5,555-0303,,cid\n6,,555-0404,dan\n",
    );
    let spec = "id = \"id\"\n[[compare]]\ncolumn = \"name\"\nlevels = [\"exact\"]\n[[block]]\non = [\"phone\"]\nright = [\"mobile\"]\n";
    let summary = folder.link(spec, "all.csv", None, 1).expect("linked");
    assert_eq!(summary.candidate_pairs, 2);
}

#[test]
fn tables_without_anyone_in_common_give_no_pairs() {
    let folder = Folder::new();
    let all = people(600);
    folder.write("a.csv", csv_of(&all[..300]));
    folder.write("b.csv", csv_of(&soiled(&all[300..])));
    folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    let pairs = folder.pairs();
    assert!(pairs.len() <= 3, "{pairs:?}");
}

#[test]
fn columns_may_have_other_heads_on_each_side() {
    let folder = town(300);
    let other =
        folder
            .read("b.csv")
            .replacen("id,given,family,street,born", "Nr,Vorname,Name,Strasse,Geburt", 1);
    folder.write("c.csv", other);
    folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    let same_heads = folder.read("pairs.csv");
    let column = |name: &str, right: &str| {
        format!("[[column]]\nname = \"{name}\"\nfrom = {{ left = \"{name}\", right = \"{right}\" }}\n")
    };
    let heads = [("given", "Vorname"), ("family", "Name"), ("street", "Strasse")]
        .map(|(l, r)| column(l, r))
        .concat();
    let spec = PEOPLE
        .replace(
            "id = \"id\"",
            &format!("id = {{ left = \"id\", right = \"Nr\" }}\n{heads}"),
        )
        .replace(
            "name = \"born\"",
            "name = \"born\"\nfrom = { left = \"born\", right = \"Geburt\" }",
        );
    folder.link(&spec, "a.csv", Some("c.csv"), 2).expect("linked");
    assert_eq!(folder.read("pairs.csv"), same_heads);
}

#[test]
fn an_empty_column_is_reported_and_changes_nothing_else() {
    let folder = town(300);
    let empty = |text: String| {
        let lines: Vec<String> = text.lines().map(|line| format!("{line},")).collect();
        lines.join("\n").replacen("born,", "born,phone", 1) + "\n"
    };
    folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    let before = folder.read("pairs.csv");
    for name in ["a.csv", "b.csv"] {
        let text = empty(folder.read(name));
        folder.write(name, text);
    }
    let spec = format!("{PEOPLE}\n[[compare]]\ncolumn = \"phone\"\nlevels = [\"exact\"]\n");
    let summary = folder.link(&spec, "a.csv", Some("b.csv"), 2).expect("linked");
    assert!(
        summary
            .warnings
            .iter()
            .any(|warning| warning.contains("phone") && warning.contains("空"))
    );
    assert_eq!(folder.read("pairs.csv"), before);
}

#[test]
fn a_giant_block_is_skipped_and_reported() {
    let folder = town(400);
    for name in ["a.csv", "b.csv"] {
        let rows: Vec<String> = folder
            .read(name)
            .lines()
            .enumerate()
            .map(|(i, line)| {
                let town = if i % 3 == 0 {
                    "unknown".to_owned()
                } else {
                    format!("t{i}")
                };
                format!("{line},{}", if i == 0 { "town" } else { &town })
            })
            .collect();
        folder.write(name, rows.join("\n") + "\n");
    }
    let spec = format!("{PEOPLE}\n[[block]]\non = [\"town\"]\nmax_block = 1000\n");
    let summary = folder.link(&spec, "a.csv", Some("b.csv"), 2).expect("linked");
    let plan = &summary.rules.last().expect("five rules").plan;
    assert_eq!((plan.skipped_blocks, plan.skipped_pairs), (1, 133 * 133));
    assert_eq!(plan.pairs, 267);
    assert!(
        summary.warnings.iter().any(|warning| warning.contains("unknown")),
        "{:?}",
        summary.warnings
    );
}

#[test]
fn titles_are_linked_by_rare_words() {
    let folder = Folder::new();
    folder.write(
        "a.csv",
        "id,title,price\n1,Sony Bravia KDL-40V television,899.00\n2,Sony MDR headphones black,59\n3,Canon EOS 450D camera kit,\n4,Canon ink black CLI-8,14.5\n5,Bosch drill GSB 13,70\n6,Bosch saw PST 700,80\n",
    );
    folder.write(
        "b.csv",
        "id,name,cost\nx,KDL-40V Bravia LCD TV by Sony,\"$905\"\ny,Headphones MDR Sony,61\nz,EOS 450D Canon digital camera,700\nw,Black ink cartridge Canon CLI-8,15\nv,PST 700 jig saw Bosch,79\nu,GSB 13 impact drill Bosch,71\n",
    );
    let spec = r#"
id = "id"
[[column]]
name = "title"
from = { left = "title", right = "name" }
[[column]]
name = "price"
from = { left = "price", right = "cost" }
clean = ["number"]
[[compare]]
column = "title"
levels = ["word_cosine >= 0.5", "word_cosine >= 0.2"]
[[compare]]
column = "price"
levels = ["relative <= 0.05", "relative <= 0.2"]
[[block]]
on = ["words(title)"]
[output]
keep = "one_to_one"
"#;
    folder.link(spec, "a.csv", Some("b.csv"), 1).expect("linked");
    let found: Vec<(String, String)> = folder.pairs().into_iter().map(|(l, r, _)| (l, r)).collect();
    let expected = [
        ("1", "x"),
        ("2", "y"),
        ("3", "z"),
        ("4", "w"),
        ("5", "u"),
        ("6", "v"),
    ];
    assert_eq!(found, expected.map(|(l, r)| (l.to_owned(), r.to_owned())));
}

#[test]
fn the_report_tells_rules_levels_and_threshold() {
    let folder = town(200);
    folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    let report: serde_json::Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(report["rules"].as_array().map(Vec::len), Some(4));
    assert_eq!(report["rules"][3]["rule"], "family + street");
    assert!(report["rules"][0]["pairs"].as_u64().is_some_and(|n| n >= 150));
    assert_eq!(report["fields"][0]["field"], "given");
    assert!(
        report["fields"][0]["levels"][0]["m"]
            .as_f64()
            .is_some_and(|m| m > 0.7)
    );
    assert_eq!(report["threshold"], 0.5);
    assert!(report["prior"].as_f64().is_some_and(|prior| prior > 0.0));
}

/// Who lives with somebody is not that person: address and phone agree together, name and birth date tell.
#[test]
fn members_of_one_household_are_not_taken_for_one_person() {
    const PEOPLE_LIST: &str = include_str!("../../specs/renyuan.toml");
    let (all, again) = households(900);
    let folder = Folder::new();
    let true_pairs = again.len();
    let mut one_list = all.clone();
    one_list.extend(again.iter().cloned());
    folder.write("both.csv", list_of(&one_list));
    folder.write("a.csv", list_of(&all));
    folder.write("b.csv", list_of(&again));
    for (left, right) in [("both.csv", None), ("a.csv", Some("b.csv"))] {
        folder.link(PEOPLE_LIST, left, right, 2).expect("linked");
        let pairs = folder.pairs();
        let right_ones = pairs.iter().filter(|(a, b, _)| a[1..] == b[1..]).count();
        assert!(
            100 * right_ones >= 99 * pairs.len() && 100 * right_ones >= 98 * true_pairs,
            "{left}: {right_ones} right of {} found, {true_pairs} true",
            pairs.len()
        );
    }
}

/// Two shops write one article in hardly a word alike, and each has three more like it: it is found because nothing fits better.
#[test]
fn articles_of_two_catalogues_are_told_from_their_variants() {
    const ARTICLES: &str = include_str!("../../specs/abt-buy.toml");
    let folder = Folder::new();
    let shared = 400;
    let [a, b] = catalogues(shared);
    folder.write("a.csv", a);
    folder.write("b.csv", b);
    let mut answers = Vec::new();
    for threads in [1, 2, 7] {
        let summary = folder
            .link(ARTICLES, "a.csv", Some("b.csv"), threads)
            .expect("linked");
        let free = summary.without_partner.expect("one to one");
        assert!((0.3..0.8).contains(&free.left), "{free:?}");
        answers.push((folder.read("pairs.csv"), folder.read("report.json")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    let pairs = folder.pairs();
    let right = right(&pairs);
    assert!(
        100 * right >= 97 * pairs.len() && 100 * right >= 85 * shared,
        "{right} right of {} found, {shared} true",
        pairs.len()
    );
}
