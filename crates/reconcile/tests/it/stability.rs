//! Same input and model → same rows, whatever the threads and the order of rows; and one record scores as in bulk.

#![allow(clippy::unwrap_used)]

use crate::fixture::{Town, person, row};
use engines::matching::{
    Claim, ClaimedCode, CodeStanding, Entity, HeadOffice, Model, NameForm, Pair, Population, Register,
    Shared, StatusClass, Weights, compare,
};

fn rows(town: &Town, threads: usize) -> (Vec<String>, Vec<String>) {
    let outcome = town.try_run(|input| input.threads = Some(threads)).unwrap();
    let mut links: Vec<String> = outcome.links.values().map(|l| format!("{l:?}")).collect();
    links.sort();
    (links, outcome.findings.iter().map(|f| format!("{f:?}")).collect())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn threads_and_row_order_change_nothing() {
    let mut town = Town::ordinary();
    let first = rows(&town, 1);
    assert_eq!(first, rows(&town, 3));
    town.enterprises.reverse();
    town.unions.reverse();
    town.insurance.reverse();
    town.members.reverse();
    assert_eq!(first, rows(&town, 2));
}

/// A disk that spoils a text of the record store ends the run with a sentence that says what to do, wherever the text is met.
#[test]
fn a_spoilt_text_of_the_record_store_is_said_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let input = Town::ordinary().write(folder.path());
    let run = || runtime().block_on(reconcile::run(&input, &|_, _, _| ()));
    let linked = run().unwrap().stats.linked;
    let store = folder.path().join("enterprises.records");
    for column in ["name", "brand"] {
        let path = store.join(format!("{column}.arrow"));
        let mut bytes = std::fs::read(&path).unwrap();
        let brand = "永兴".as_bytes();
        let places: Vec<usize> = (0..bytes.len() - brand.len())
            .filter(|&at| bytes[at..].starts_with(brand))
            .collect();
        assert!(!places.is_empty());
        places.iter().for_each(|&at| bytes[at] = 0xff);
        std::fs::write(&path, bytes).unwrap();
        let said = run().unwrap_err().to_string();
        assert!(
            said.contains(&format!("{column}.arrow")) && said.contains("删除它所在的文件夹后重新比对"),
            "{said}"
        );
        std::fs::remove_dir_all(&store).unwrap();
        assert_eq!(run().unwrap().stats.linked, linked);
    }
}

/// The files themselves, and not only their rows: whoever compares sums of two runs, or of two machines, must find them equal.
/// There are enough memberships for more than one page of a column.
#[test]
fn files_are_the_same_byte_for_byte_at_any_number_of_threads() {
    let mut town = Town::ordinary();
    let (member, insured) = (town.members[0].clone(), town.insurance[0].clone());
    for n in 0..50_000 {
        let number = person(1_000 + n);
        let mut joined = member.clone();
        joined.extend(row(&[("member_id", &format!("N{n:05}")), ("id_no", &number)]));
        town.members.push(joined);
        if n % 3 != 0 {
            let mut also = insured.clone();
            also.extend(row(&[("ins_id", &format!("J{n:05}")), ("id_no", &number)]));
            town.insurance.push(also);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut input = town.write(folder.path());
    let runtime = runtime();
    let mut files = |threads: usize| {
        input.threads = Some(threads);
        input.out = folder.path().join(format!("out{threads}"));
        std::fs::create_dir(&input.out).unwrap();
        let output = runtime.block_on(reconcile::run(&input, &|_, _, _| ())).unwrap();
        let paths = [
            output.links,
            output.candidates,
            output.member_links.links,
            output.findings,
            output.employers,
            output.closures,
            output.coverage,
            output.model,
        ];
        paths.map(|path| {
            (
                path.file_name().unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
    };
    let first = files(1);
    for threads in [2, 7] {
        for ((name, bytes), (_, again)) in first.iter().zip(files(threads)) {
            assert!(*bytes == again, "{name:?} with {threads} threads");
        }
    }
}

#[test]
fn a_frozen_model_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.json");
    let town = Town::ordinary();
    let mut model = Model {
        version: "fs-frozen".to_string(),
        ..Model::default()
    };
    model.link_at = 0.999_999;
    std::fs::write(&path, model.to_json()).unwrap();
    let outcome = town.try_run(|input| input.model = Some(path.clone())).unwrap();
    assert_eq!(outcome.output.stats.model_version, "fs-frozen");
    let outcome = town
        .try_run(|input| {
            input.model = Some(path.clone());
            input.retrain = true;
        })
        .unwrap();
    assert_ne!(outcome.output.stats.model_version, "fs-frozen");
    std::fs::write(&path, "{}").unwrap();
    let error = town
        .try_run(|input| input.model = Some(path))
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("--retrain"), "{error}");
}

/// A kept model counts chances in the register it was trained on: what comes elsewhere in a day changes no union's weights, so
/// only unions that it concerns have news. A register of quite another size counts as it is.
#[test]
fn a_day_of_new_firms_changes_no_link_that_they_do_not_touch() {
    let mut town = Town::ordinary();
    let folder = tempfile::tempdir().unwrap();
    let trained = runtime().block_on(reconcile::run(&town.write(folder.path()), &|_, _, _| ()));
    let path = trained.unwrap().model;
    let model = Model::from_json(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let firms = town.enterprises.len() as u64;
    assert_eq!(model.registered, Some(firms));
    assert_eq!(model.register_size(firms + firms / 4), firms);
    assert_eq!(model.register_size(firms * 2), firms * 2);
    let evidence = |outcome: &crate::fixture::Outcome| -> Vec<(String, Option<f64>, String)> {
        let mut links: Vec<_> = outcome.links.values().collect();
        links.sort_by(|a, b| a.union_id.cmp(&b.union_id));
        let link =
            |link: &&lake::tables::Link| (link.union_id.clone(), link.probability, link.evidence.clone());
        links.iter().map(link).collect()
    };
    let kept = town.try_run(|input| input.model = Some(path.clone())).unwrap();
    for n in 0..7 {
        town.firm(
            7_000 + n,
            &format!("N{n}"),
            &format!("象山县涂茨镇琥珀{n}号养殖场"),
            &[
                ("county", "330225"),
                ("street", "涂茨镇"),
                ("legal_rep", "欧阳珂"),
                ("address", "象山县涂茨镇旭拱岙村"),
            ],
        );
    }
    let next = town.try_run(|input| input.model = Some(path.clone())).unwrap();
    assert_eq!(evidence(&kept), evidence(&next));
    assert_eq!(kept.output.stats.model_version, next.output.stats.model_version);
}

/// The bulk run and a single typed record go through `compare` and `Weights::weigh`: the weights in the evidence of a bulk link
/// are those that the same two records get alone.
#[test]
fn one_typed_record_scores_as_in_bulk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.json");
    let model = Model::default();
    std::fs::write(&path, model.to_json()).unwrap();
    let name = "宁海县腾浩户外用品有限公司";
    let mut town = Town::ordinary();
    town.firm(900, "E9", name, &[]);
    town.union(
        "U9",
        &format!("{name}工会"),
        &[("employer_name", name), ("street", ""), ("founded", "")],
    );
    let outcome = town.try_run(|input| input.model = Some(path)).unwrap();
    let evidence: serde_json::Value = serde_json::from_str(&outcome.links["U9"].evidence).unwrap();

    let form = NameForm::parse(name);
    let claim = Claim {
        population: Population::Single,
        code: ClaimedCode {
            standing: CodeStanding::None,
            ..ClaimedCode::none()
        },
        names: vec![form.clone()],
        legal_rep: None,
        phone: None,
        address: None,
        county: Some(330_226),
        town: None,
        industry: None,
        founded: None,
        vote: None,
    };
    let entity = Entity {
        uscc: Some(1),
        org: None,
        reg: None,
        name: form.view(),
        former: &[],
        legal_rep: Some("王建国"),
        phone: None,
        address: None,
        county: Some(330_226),
        town: None,
        industry: Some('C'),
        founded: None,
        status: StatusClass::InBusiness,
        shared: Shared::default(),
    };
    let register = Register {
        registered: town.enterprises.len() as u64,
        ..Register::default()
    };
    let pattern = compare(
        &Pair {
            claim: &claim,
            entity,
            votes_here: 0,
            head_office: HeadOffice::default(),
        },
        &register,
    );
    let weighed = Weights::of(&model, register.size()).weigh(&pattern, claim.population);
    let bulk: Vec<f64> = evidence["fields"]
        .as_array()
        .unwrap()
        .iter()
        .take(10)
        .map(|f| f["weight"].as_f64().unwrap())
        .collect();
    let single: Vec<f64> = weighed.fields.iter().map(|w| f64::from(*w) / 1000.0).collect();
    assert_eq!(bulk, single);
}
