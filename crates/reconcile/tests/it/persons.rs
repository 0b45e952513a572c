//! Memberships and insured persons: which two rows are one person.

#![allow(clippy::unwrap_used)]

use crate::fixture::{Town, code, person, row};

/// What becomes of one membership whose number and name meet one insured person's number and name.
fn of_person(member: (&str, &str), insured: (&str, &str)) -> (String, Option<String>) {
    let mut town = Town::ordinary();
    town.insurance.push(row(&[
        ("ins_id", "P"),
        ("id_no", insured.0),
        ("name", insured.1),
        ("employer_uscc", &code(1)),
        ("start", "2020-01-01"),
    ]));
    town.members.push(row(&[
        ("member_id", "M"),
        ("union_id", "U0000"),
        ("id_no", member.0),
        ("name", member.1),
    ]));
    let link = town.run().member_links.remove("M").unwrap();
    (link.decision, link.ins_id)
}

#[test]
fn one_number_under_two_spellings_is_one_person_and_under_two_names_a_question() {
    let id = person(880);
    for (member, insured) in [
        ("王小芳", "王晓芳"),
        ("王小芳", "王芳"),
        ("王芳", "王方"),
        ("王?芳", "王喆芳"),
        ("王小芳", "王芳小"),
        ("阿不力孜·买买提", "阿不力孜"),
        ("欧阳锡麟", "欧阳夕林"),
    ] {
        assert_eq!(
            of_person((&id, member), (&id, insured)),
            ("linked".to_string(), Some("P".to_string())),
            "{member} {insured}"
        );
    }
    for (member, insured) in [("王芳", "李海燕"), ("王志强", "王海燕"), ("王小芳", "陈芳华")]
    {
        assert_eq!(
            of_person((&id, member), (&id, insured)).0,
            "verify",
            "{member} {insured}"
        );
    }
}

#[test]
fn a_passport_links_its_bearer_and_nobody_else() {
    let linked = ("linked".to_string(), Some("P".to_string()));
    assert_eq!(
        of_person((" e1234 5678", "John Smith"), ("E12345678", "JOHN SMITH")),
        linked
    );
    assert_eq!(
        of_person(("H1234567890", "陈家明"), ("H1234567890", "陈家明")),
        linked
    );
    assert_eq!(
        of_person(("E12345678", "John Smith"), ("E12345678", "Anna Petrova")).0,
        "none"
    );
    assert_eq!(
        of_person(("E12345678", "John Smith"), ("E12345679", "John Smith")).0,
        "none"
    );
}
