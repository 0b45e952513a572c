//! Whoever touches the journal is found: by the check in the product, and by the script that knows nothing of it.

use std::process::Command;

use app::journal::anchor::{AnchorKey, Outlets};
use app::journal::chain::{Checker, anchor, export, public_key, seals, verify};
use app::membership::member;
use app::progress::unwatched;
use app::search::people;
use domain::permission::Action;
use store::journal::chain::Link;
use testkit::{People, TestApp, both_engines, union};

/// A journal of a dozen rows, as it comes about.
async fn lived_in(test: &TestApp) -> People {
    let people_of = People::of(test).await;
    for typed in ["王芳", "wf", "王芳 1234", "曾"] {
        people(&people_of.town_officer, &test.app, typed).await.unwrap();
    }
    let _ = member(&people_of.town_officer, &test.app, union::BASE, "没有").await;
    people_of
}

async fn links(test: &TestApp) -> Vec<Link> {
    test.app
        .store
        .read()
        .await
        .unwrap()
        .journal_links(0)
        .await
        .unwrap()
}

/// The number of the first row that does not fit.
fn first_break(links: &[Link]) -> Option<i64> {
    let mut checker = Checker::new(&[]);
    links
        .iter()
        .find_map(|link| checker.take(link))
        .map(|broken| broken.seq)
}

/// The script's answer to an export: its exit status and what it says.
fn script(folder: &std::path::Path, lines: &[String], more: &[&str]) -> (i32, String) {
    let file = folder.join("journal.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/verify-journal.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(&file)
        .args(more)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

both_engines! {
    async fn a_touched_row_is_named(database: Database) {
        let test = TestApp::on(database).await;
        let people_of = lived_in(&test).await;
        let auditor = &people_of.auditor;
        let found = verify(auditor, &test.app, &unwatched()).await.unwrap();
        assert_eq!(found.first_break, None);
        let whole = links(&test).await;
        assert_eq!(found.entries, whole.len() as i64);
        assert_eq!(first_break(&whole), None);
        let at = whole.len() / 2;

        let mut changed = whole.clone();
        changed[at].actor_name.push('甲');
        assert_eq!(first_break(&changed), Some(whole[at].seq));
        let mut hidden = whole.clone();
        hidden[at].path = None;
        assert_eq!(first_break(&hidden), Some(whole[at].seq), "its place decides who sees it");
        let mut removed = whole.clone();
        removed.remove(at);
        assert_eq!(first_break(&removed), Some(whole[at + 1].seq));
        let mut inserted = whole.clone();
        inserted.insert(at, whole[at - 1].clone());
        assert_eq!(first_break(&inserted), Some(whole[at - 1].seq), "the row that is there twice");
        let mut swapped = whole.clone();
        swapped.swap(at, at + 1);
        assert_eq!(first_break(&swapped), Some(whole[at + 1].seq));
        let mut unsealed = whole.clone();
        unsealed[at].seal = None;
        assert_eq!(first_break(&unsealed), Some(whole[at].seq));

        // The last row taken out fits every seal, but not the head.
        let head = test.app.store.read().await.unwrap().journal_head().await.unwrap();
        let mut checker = Checker::new(&[]);
        assert!(whole[..whole.len() - 1].iter().all(|link| checker.take(link).is_none()));
        assert!(checker.missing_at_end(&head).unwrap().words.contains("末尾不完整"));
        for (name, op) in people_of.everybody() {
            let answer = verify(op, &test.app, &unwatched()).await;
            assert_eq!(answer.is_ok(), op.can(Action::SeeJournal), "{name}");
        }
    }

    async fn a_chain_made_anew_does_not_fit_the_anchor(database: Database) {
        let test = TestApp::on(database).await;
        let people_of = lived_in(&test).await;
        let auditor = &people_of.auditor;
        let sealed = anchor(auditor, &test.app).await.unwrap();
        people(&people_of.town_officer, &test.app, "王").await.unwrap();
        let (end, anchors) = seals(auditor, &test.app).await.unwrap();
        assert!(end.entries > sealed.entries);
        assert_eq!(anchors[0].seal, sealed.seal);
        let file = std::fs::read_to_string(test.app.data_dir.join("journal-anchors.csv")).unwrap();
        assert!(file.contains(&sealed.seal));

        // Somebody with the database changes a row and seals everything after it again.
        let mut forged = links(&test).await;
        forged[1].actor_name = "别人".into();
        let mut seal = store::journal::chain::GENESIS.to_vec();
        for link in &mut forged {
            seal = link.sealed_after(&seal).to_vec();
            link.seal = Some(seal.clone());
        }
        assert_eq!(first_break(&forged), None, "the seals alone do not tell");
        let known = test.app.store.read().await.unwrap().journal_anchors().await.unwrap();
        let mut checker = Checker::new(&known);
        let broken = forged.iter().find_map(|link| checker.take(link)).unwrap();
        assert_eq!(broken.seq, sealed.seq);
        assert!(broken.words.contains("锚点"), "{}", broken.words);
        let found = || async { verify(auditor, &test.app, &unwatched()).await.unwrap().first_break };
        assert_eq!(found().await, None);

        // The end is cut off, head and anchors with it: what the file beside the store remembers is missed there.
        let path = test.app.data_dir.join("journal-anchors.csv");
        let cut_off_by_a_full_disk = &file[..file.len() - 20];
        std::fs::write(&path, format!("{cut_off_by_a_full_disk}\n{file}")).unwrap();
        assert_eq!(found().await, None);
        std::fs::write(&path, format!("{file}2026-11-24 03:00,1711,1711,00\n")).unwrap();
        let broken = found().await.unwrap();
        assert_eq!(broken.seq, 1711);
        assert!(broken.words.contains("库里没有") && broken.words.contains("journal-anchors.csv"), "{}", broken.words);
    }

    async fn the_outside_script_comes_to_the_same_answers(database: Database) {
        let test = TestApp::on(database).await;
        let people_of = lived_in(&test).await;
        let auditor = &people_of.auditor;
        let sealed = anchor(auditor, &test.app).await.unwrap();
        let mut bytes = Vec::new();
        let entries = export(auditor, &test.app, &mut bytes, &unwatched()).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let whole: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(whole.len() as i64, entries + 1);
        if Command::new("python3").arg("--version").output().is_err() {
            eprintln!("python3 is not here: the outside script was not run");
            return;
        }
        let folder = test.app.data_dir.as_path();
        let (status, said) = script(folder, &whole, &["--anchor", &format!("{}:{}", sealed.seq, sealed.seal)]);
        assert_eq!(status, 0, "{said}");
        assert!(said.contains(&format!("{entries} 条")), "{said}");
        let anchors = folder.join("journal-anchors.csv");
        assert_eq!(script(folder, &whole, &["--anchors", anchors.to_str().unwrap()]).0, 0);
        let at = whole.len() / 2;
        let named = |lines: &[String], seq: i64| {
            let (status, said) = script(folder, lines, &[]);
            assert_eq!(status, 1, "{said}");
            assert!(said.contains(&format!("第 {seq} 行")), "{said}");
        };
        let seqs: Vec<i64> = links(&test).await.iter().map(|link| link.seq).collect();
        let mut changed = whole.clone();
        changed[at] = changed[at].replace("\"actor_name\":\"", "\"actor_name\":\"甲");
        named(&changed, seqs[at]);
        let mut removed = whole.clone();
        removed.remove(at);
        named(&removed, seqs[at + 1]);
        let mut swapped = whole.clone();
        swapped.swap(at, at + 1);
        named(&swapped, seqs[at + 1]);
        let mut inserted = whole.clone();
        inserted.insert(at, whole[at - 1].clone());
        named(&inserted, seqs[at - 1]);
        let mut cut = whole.clone();
        cut.remove(whole.len() - 2);
        assert!(script(folder, &cut, &[]).1.contains("末尾不完整"));
        assert_eq!(script(folder, &whole[..at], &[]).0, 1);
        assert_eq!(script(folder, &whole, &["--anchor", &format!("{}:{}", sealed.seq, "00")]).0, 1);
        let mut elsewhere = whole.clone();
        elsewhere[at] = elsewhere[at].replace("\"result\":\"done\"", "\"result\":\"failed\"");
        named(&elsewhere, seqs[at]);
        let mut older = whole.clone();
        older[at] = older[at].replace("\"form\":2", "\"form\":1");
        named(&older, seqs[at]);
    }

    async fn the_outside_script_knows_rows_of_the_version_before(database: Database) {
        let test = TestApp::on(database).await;
        let people_of = lived_in(&test).await;
        if Command::new("python3").arg("--version").output().is_err() {
            return;
        }
        let mut bytes = Vec::new();
        export(&people_of.auditor, &test.app, &mut bytes, &unwatched()).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        // The first half as the version before would have written it: no new values, no form, its own seals.
        let mut links = links(&test).await;
        let half = links.len() / 2;
        let mut seal = store::journal::chain::GENESIS.to_vec();
        let mut lines = Vec::new();
        for (nth, (link, line)) in links.iter_mut().zip(text.lines()).enumerate() {
            let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
            if nth < half {
                *link = Link { form: 1, role: None, session_id: None, address: None, result: None, reason: None, ..link.clone() };
                for name in ["form", "role", "session_id", "address", "result", "reason"] {
                    row.as_object_mut().unwrap().remove(name);
                }
            }
            seal = link.sealed_after(&seal).to_vec();
            link.seal = Some(seal.clone());
            row["seal"] = codes::digest::to_hex(&seal).into();
            lines.push(row.to_string());
        }
        lines.push(serde_json::json!({"head": {"seq": links.last().unwrap().seq, "entries": links.len(), "seal": codes::digest::to_hex(&seal)}}).to_string());
        assert_eq!(first_break(&links), None);
        let folder = test.app.data_dir.as_path();
        let (status, said) = script(folder, &lines, &[]);
        assert_eq!(status, 0, "{said}");
        let mut slipped_in = lines.clone();
        slipped_in[0] = slipped_in[0].replacen('{', "{\"result\":\"done\",", 1);
        let (status, said) = script(folder, &slipped_in, &[]);
        assert!(status == 1 && said.contains(&format!("第 {} 行", links[0].seq)), "{said}");
    }

    async fn anchors_are_signed_and_openssl_says_so(database: Database) {
        let mut test = TestApp::on(database).await;
        let outside = tempfile::tempdir().unwrap();
        test.app.anchor_outlets = std::sync::Arc::new(Outlets { folder: Some(outside.path().to_owned()), syslog: None });
        let people_of = lived_in(&test).await;
        let auditor = &people_of.auditor;
        assert_eq!(public_key(auditor, &test.app).unwrap(), None, "no key before the first anchor");
        anchor(auditor, &test.app).await.unwrap();
        let (id, pem) = public_key(auditor, &test.app).unwrap().unwrap();
        people(&people_of.town_officer, &test.app, "王").await.unwrap();
        let last = anchor(auditor, &test.app).await.unwrap();
        assert_eq!(last.key_id.as_deref(), Some(id.as_str()), "one key for all of them");
        let found = verify(auditor, &test.app, &unwatched()).await.unwrap();
        assert_eq!((found.first_break, found.anchors, found.signed), (None, 2, 2));
        assert!(public_key(&people_of.town_officer, &test.app).is_err());

        // What was carried outside is what lies in the data folder.
        let folder = test.app.data_dir.as_path();
        let carried = std::fs::read_to_string(outside.path().join("journal-anchors.csv")).unwrap();
        assert_eq!(carried, std::fs::read_to_string(folder.join("journal-anchors.csv")).unwrap());
        assert!(carried.ends_with(&format!("{}\n", last.line.unwrap())));
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.join("journal-anchor.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        // In the store an anchor is changed, stripped of its signature, or signed with another key: each is found.
        let known = test.app.store.read().await.unwrap().journal_anchors().await.unwrap();
        let key = AnchorKey::read(&test.app).unwrap().unwrap();
        let broken = |anchors: &[store::journal::chain::Anchor]| Checker::new(anchors).signatures(Some(&key));
        assert_eq!(broken(&known), None);
        let mut changed = known.clone();
        changed[1].entries += 1;
        assert!(broken(&changed).unwrap().words.contains("签名"));
        let mut stripped = known.clone();
        (stripped[1].key_id, stripped[1].signature) = (None, None);
        assert!(broken(&stripped).unwrap().words.contains("没有签名"));

        if Command::new("openssl").arg("version").output().is_err() || Command::new("python3").arg("--version").output().is_err() {
            eprintln!("openssl or python3 is not here: the outside script was not run");
            return;
        }
        let mut bytes = Vec::new();
        export(auditor, &test.app, &mut bytes, &unwatched()).await.unwrap();
        let lines: Vec<String> = String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect();
        let (key_file, file) = (outside.path().join("key.pem"), outside.path().join("anchors.csv"));
        std::fs::write(&key_file, pem).unwrap();
        let asked = |text: &str| {
            std::fs::write(&file, text).unwrap();
            script(folder, &lines, &["--anchors", file.to_str().unwrap(), "--public-key", key_file.to_str().unwrap()])
        };
        let (status, said) = asked(&carried);
        assert!(status == 0 && said.contains("2 个锚点的签名相符"), "{said}");
        let first = carried.lines().next().unwrap();
        let unsigned: Vec<&str> = first.split(',').take(4).collect();
        assert_eq!(asked(&format!("{}\n{carried}", unsigned.join(","))).0, 0, "an anchor from before they were signed");
        let backdated = carried.replacen("20", "19", 1);
        assert!(asked(&backdated).1.contains("与签名不符"));
        assert!(asked(&format!("{carried}{}\n", unsigned.join(","))).1.contains("没有签名"));
        assert_eq!(asked("").0, 1, "nothing signed is nothing proved");
        let other = Command::new("openssl").args(["genpkey", "-algorithm", "ED25519", "-out"]).arg(outside.path().join("other")).status();
        assert!(other.unwrap().success());
        let made = Command::new("openssl").args(["pkey", "-pubout", "-in"]).arg(outside.path().join("other")).arg("-out").arg(&key_file).status();
        assert!(made.unwrap().success());
        assert!(asked(&carried).1.contains("没有给出它的公钥"));
    }
}
