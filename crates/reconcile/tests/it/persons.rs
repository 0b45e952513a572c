//! Memberships and insured persons: which two rows are one person.

#![allow(clippy::unwrap_used)]

use crate::fixture::{Town, code, person, row};

/// One membership and one insured person: each with number and name.
type Meeting<'a> = ((&'a str, &'a str), (&'a str, &'a str));

/// What becomes of memberships whose number and name meet an insured person's at an employer that is not their union's.
fn decisions(meetings: &[Meeting<'_>]) -> Vec<String> {
    let mut town = Town::ordinary();
    for (i, (member, insured)) in meetings.iter().enumerate() {
        town.insurance.push(row(&[
            ("ins_id", &format!("P{i}")),
            ("id_no", insured.0),
            ("name", insured.1),
            ("employer_uscc", &code(1)),
            ("start", "2020-01-01"),
        ]));
        town.members.push(row(&[
            ("member_id", &format!("M{i}")),
            ("union_id", "U0000"),
            ("id_no", member.0),
            ("name", member.1),
        ]));
    }
    let links = town.run().member_links;
    (0..meetings.len())
        .map(|i| {
            let link = &links[&format!("M{i}")];
            let own = format!("P{i}");
            assert!(link.ins_id.as_ref().is_none_or(|id| *id == own), "{link:?}");
            link.decision.to_string()
        })
        .collect()
}

#[test]
fn one_number_under_two_spellings_is_one_person_and_under_two_names_a_question() {
    let names = [
        ("王小芳", "王晓芳"),
        ("王小芳", "王芳"),
        ("王芳", "王方"),
        ("王?芳", "王喆芳"),
        ("王小芳", "王芳小"),
        ("阿不力孜·买买提", "阿不力孜"),
        ("欧阳锡麟", "欧阳夕林"),
        ("王芳", "李海燕"),
        ("王志强", "王海燕"),
        ("王小芳", "陈芳华"),
    ];
    let ids: Vec<String> = (880..890).map(person).collect();
    let meetings: Vec<Meeting<'_>> = names
        .iter()
        .zip(&ids)
        .map(|((member, insured), id)| ((id.as_str(), *member), (id.as_str(), *insured)))
        .collect();
    let expected = [["linked"; 7].as_slice(), &["verify"; 3]].concat();
    assert_eq!(decisions(&meetings), expected);
}

#[test]
fn a_passport_links_its_bearer_and_nobody_else() {
    let meetings = [
        ((" e1234 5678", "John Smith"), ("E12345678", "JOHN SMITH")),
        (("H1234567890", "陈家明"), ("H1234567890", "陈家明")),
        (("E22345678", "Mary Jones"), ("E22345678", "Anna Petrova")),
        (("E32345678", "Peter Fox"), ("E32345679", "Peter Fox")),
    ];
    assert_eq!(decisions(&meetings), ["linked", "linked", "none", "none"]);
}

/// U0000's ten members and two colleagues are insured at E0000; this is one more colleague and one more membership.
fn colleague(member: (&str, &str), insured: (&str, &str)) -> Town {
    let mut town = Town::ordinary();
    town.insurance.push(row(&[
        ("ins_id", "P"),
        ("id_no", insured.0),
        ("name", insured.1),
        ("employer_uscc", &code(0)),
        ("start", "2020-01-01"),
    ]));
    town.members.push(row(&[
        ("member_id", "M"),
        ("union_id", "U0000"),
        ("id_no", member.0),
        ("name", member.1),
    ]));
    town
}

#[test]
fn a_member_without_a_usable_number_is_found_by_name_among_the_staff() {
    let id = person(880);
    let mut slipped = id.clone();
    slipped.replace_range(9..10, "1");
    let numbers = [
        ("", id.as_str(), "欧阳锡麟"),
        (&slipped, &id, "上官若兰"),
        (&id, &slipped, "司徒一鸣"),
        ("330226********001X", &id, "诸葛青云"),
        ("3.30226E+17", "", "令狐少卿"),
        ("330226670401001", &id, "慕容雪村"),
    ];
    let mut town = Town::ordinary();
    for (member, insured, name) in numbers {
        // Each insured number is somebody else's: only the name leads from one side to the other.
        let insured = if insured == id {
            person(890 + town.members.len() as u32)
        } else {
            insured.to_string()
        };
        let one = colleague((member, name), (&insured, name));
        let mut entered = (
            one.insurance.last().unwrap().clone(),
            one.members.last().unwrap().clone(),
        );
        entered.0.extend(row(&[("ins_id", name)]));
        entered.1.extend(row(&[("member_id", name)]));
        town.insurance.push(entered.0);
        town.members.push(entered.1);
    }
    let links = town.run().member_links;
    for (member, insured, name) in numbers {
        let link = &links[name];
        // One wrong digit leaves the other parts of the number standing.
        let tier = if insured == slipped {
            "number_parts"
        } else {
            "name_at_employer"
        };
        assert_eq!(
            (link.decision, link.ins_id.as_deref(), link.tier),
            ("linked", Some(name), Some(tier)),
            "{member} {insured}"
        );
        assert!(link.probability.is_some_and(|p| (0.9..1.0).contains(&p)));
    }
}

#[test]
fn a_number_that_stands_beside_another_name_does_not_hide_the_colleague() {
    let mut town = colleague((&person(880), "欧阳锡麟"), (&person(881), "欧阳锡麟"));
    town.insurance.push(row(&[
        ("ins_id", "stranger"),
        ("id_no", &person(880)),
        ("name", "李海燕"),
        ("employer_uscc", &code(1)),
        ("start", "2020-01-01"),
    ]));
    assert_eq!(town.run().member_links["M"].ins_id.as_deref(), Some("P"));
}

#[test]
fn a_namesake_is_not_taken_for_the_member() {
    let (id, other) = (person(880), person(881));
    let found = |town: &Town| town.run().member_links["M"].decision;
    assert_eq!(
        found(&colleague((&id, "欧阳锡麟"), (&other, "欧阳锡麟"))),
        "none",
        "two numbers that both hold are two persons"
    );
    let mut two = colleague(("", "欧阳锡麟"), (&id, "欧阳锡麟"));
    let mut second = two.insurance.last().unwrap().clone();
    second.extend(row(&[("ins_id", "Q"), ("id_no", &other)]));
    two.insurance.push(second);
    assert_eq!(found(&two), "none", "two of one name");
    let mut taken = colleague(("", "欧阳锡麟"), (&id, "欧阳锡麟"));
    taken.members.push(row(&[
        ("member_id", "N"),
        ("union_id", "U0000"),
        ("id_no", &id),
        ("name", "欧阳锡麟"),
    ]));
    assert_eq!(found(&taken), "none", "the colleague is a member already");
    let mut elsewhere = colleague(("", "欧阳锡麟"), (&id, "欧阳锡麟"));
    elsewhere
        .insurance
        .last_mut()
        .unwrap()
        .extend(row(&[("employer_uscc", &code(7))]));
    assert_eq!(found(&elsewhere), "none", "insured at another employer");
    assert_eq!(
        found(&colleague(("", "王芳"), ("", "王芳"))),
        "none",
        "half the town bears this name"
    );
}

#[test]
fn a_joint_unions_members_are_looked_for_at_the_employers_it_covers() {
    let mut town = colleague(("", "欧阳锡麟"), (&person(880), "欧阳锡麟"));
    town.union("J", "西店镇樟树村联合工会", &[("union_type", "联合基层工会")]);
    town.covers
        .push(row(&[("union_id", "J"), ("employer_uscc", &code(0))]));
    town.members.last_mut().unwrap().extend(row(&[("union_id", "J")]));
    assert_eq!(town.run().member_links["M"].ins_id.as_deref(), Some("P"));
}

/// One colleague of [`colleague`] who is insured at another employer than the union's.
fn insured_elsewhere(member: (&str, &str), insured: (&str, &str)) -> Town {
    let mut town = colleague(member, insured);
    town.insurance
        .last_mut()
        .unwrap()
        .extend(row(&[("employer_uscc", &code(7))]));
    town
}

fn swapped(id: &str, at: usize) -> String {
    let mut digits: Vec<char> = id.chars().collect();
    assert_ne!(digits[at], digits[at + 1]);
    digits.swap(at, at + 1);
    digits.into_iter().collect()
}

#[test]
fn parts_of_a_number_and_the_name_find_a_person_at_any_employer() {
    let id = person(5_000 + 123);
    let masked = format!("{}********{}", &id[..6], &id[14..]);
    let short = format!("{}**********{}", &id[..4], &id[14..]);
    let cut = id[..17].to_string();
    let (year, wrong_check) = (
        swapped(&id, 8),
        format!("{}{}", &id[..17], if id.ends_with('1') { '2' } else { '1' }),
    );
    for written in [&masked, &short, &cut, &year, &wrong_check] {
        for (member, insured) in [(written, &id), (&id, written)] {
            let link = insured_elsewhere((member, "欧阳锡麟"), (insured, "欧阳锡麟"))
                .run()
                .member_links["M"]
                .clone();
            assert_eq!(
                (link.decision, link.ins_id.as_deref(), link.tier),
                ("linked", Some("P"), Some("number_parts")),
                "{member} {insured}"
            );
        }
    }
    let hidden = format!("{}****************{}", &id[..1], &id[17..]);
    for nothing in ["", "3.30226E+17", "13800001234", &hidden] {
        let link = insured_elsewhere((nothing, "欧阳锡麟"), (&id, "欧阳锡麟"))
            .run()
            .member_links["M"]
            .clone();
        assert_eq!(link.decision, "none", "{nothing}");
    }
}

#[test]
fn a_masked_number_tells_namesakes_apart() {
    let (id, other) = (person(5_000), person(5_001));
    let found = |masked: &str| {
        let mut town = colleague((masked, "欧阳锡麟"), (&id, "欧阳锡麟"));
        let mut second = town.insurance.last().unwrap().clone();
        second.extend(row(&[("ins_id", "Q"), ("id_no", &other)]));
        town.insurance.push(second);
        town.run().member_links["M"].ins_id.clone()
    };
    assert_eq!(
        found(&format!("330226********{}", &id[14..])).as_deref(),
        Some("P")
    );
    assert_eq!(
        found(&format!("330226********{}", &other[14..])).as_deref(),
        Some("Q")
    );
    assert_eq!(
        found(&format!("{}****", &id[..14])),
        None,
        "both were born that day"
    );
}

#[test]
fn a_stated_birth_date_tells_namesakes_apart() {
    let (id, other) = (person(5_000), person(9_000));
    let mut town = colleague(("", "欧阳锡麟"), (&id, "欧阳锡麟"));
    let mut second = town.insurance.last().unwrap().clone();
    second.extend(row(&[("ins_id", "Q"), ("id_no", &other)]));
    town.insurance.push(second);
    let birth = format!("{}年{}月{}日", &id[6..10], &id[10..12], &id[12..14]);
    town.members
        .last_mut()
        .unwrap()
        .extend(row(&[("birth_date", &birth)]));
    assert_eq!(town.run().member_links["M"].ins_id.as_deref(), Some("P"));
}

#[test]
fn a_name_written_otherwise_needs_the_number_to_say_the_same() {
    let id = person(5_000);
    let masked = format!("{}********{}", &id[..6], &id[14..]);
    let found = |number: &str, name: &str| {
        let town = colleague((number, name), (&id, "欧阳锡麟"));
        town.run().member_links["M"].decision
    };
    for name in ["欧阳夕林", "欧阳锡?", "欧阳锡"] {
        assert_eq!(found(&masked, name), "linked", "{name}");
        assert_eq!(found("", name), "none", "{name}");
    }
    assert_eq!(found(&masked, "司马长风"), "none", "another name");
}

#[test]
fn two_people_under_one_number_are_told_apart_by_name() {
    let id = person(5_000);
    let mut town = colleague((&id, "欧阳锡麟"), (&id, "欧阳锡麟"));
    town.insurance.push(row(&[
        ("ins_id", "Q"),
        ("id_no", &id),
        ("name", "司马长风"),
        ("employer_uscc", &code(4)),
        ("start", "2024-01-01"),
    ]));
    town.members.push(row(&[
        ("member_id", "N"),
        ("union_id", "U0004"),
        ("id_no", &id),
        ("name", "司马长风"),
    ]));
    let links = town.run().member_links;
    assert_eq!(links["M"].ins_id.as_deref(), Some("P"));
    assert_eq!(links["N"].ins_id.as_deref(), Some("Q"));
}

#[test]
fn any_document_is_read_without_harm() {
    let odd = [
        "H1234567890",
        "C12345678",
        "（护照）E12345678",
        "台胞证 0012345678",
        "***",
        "*",
        "****************************",
        "33022619800101001Ｘ",
        "x",
        "🀄330226198001010011",
        "330226198002300011",
        "0",
        "99999999999999999999",
    ];
    let mut town = Town::ordinary();
    for (i, number) in odd.iter().enumerate() {
        let id = i.to_string();
        town.members.push(row(&[
            ("member_id", &id),
            ("union_id", "U0000"),
            ("id_no", number),
            ("name", "欧阳锡麟"),
        ]));
        town.insurance.push(row(&[
            ("ins_id", &id),
            ("id_no", number),
            ("name", "司马长风"),
            ("employer_uscc", &code(0)),
        ]));
    }
    let links = town.run().member_links;
    for i in 0..odd.len() {
        assert_ne!(links[&i.to_string()].decision, "linked", "{}", odd[i]);
    }
}

#[test]
fn threads_and_row_order_change_no_persons_link() {
    let mut town = Town::ordinary();
    for n in 0..40u32 {
        let id = person(5_000 + n * 7);
        let name = ["欧阳锡麟", "司马长风", "诸葛青云"][n as usize % 3];
        let member = match n % 4 {
            0 => format!("{}********{}", &id[..6], &id[14..]),
            1 => swapped(
                &id,
                if id.as_bytes()[14] == id.as_bytes()[15] {
                    8
                } else {
                    14
                },
            ),
            2 => String::new(),
            _ => id[..17].to_string(),
        };
        let one = colleague((&member, name), (&id, name));
        let (mut insured, mut joined) = (
            one.insurance.last().unwrap().clone(),
            one.members.last().unwrap().clone(),
        );
        insured.extend(row(&[
            ("ins_id", &format!("P{n:02}")),
            ("employer_uscc", &code(n % 8)),
        ]));
        joined.extend(row(&[("member_id", &format!("M{n:02}"))]));
        town.insurance.push(insured);
        town.members.push(joined);
    }
    let links = |town: &Town, threads: usize| {
        let links = town
            .try_run(|input| input.threads = Some(threads))
            .unwrap()
            .member_links;
        let mut rows: Vec<String> = links.values().map(|link| format!("{link:?}")).collect();
        rows.sort();
        rows
    };
    let first = links(&town, 1);
    let found = first.iter().filter(|link| link.contains("number_parts")).count();
    assert_eq!(
        found, 10,
        "the masked ones; the others have too many namesakes born on their day"
    );
    assert_eq!(first, links(&town, 3));
    town.insurance.reverse();
    town.members.reverse();
    assert_eq!(first, links(&town, 2));
}
