//! Laws of the matching engine: sums, monotonicity, calm behaviour at the edges.

#![allow(clippy::unwrap_used)]

use engines::matching::learn::{Answer, Lessons, learn};
use engines::matching::settle::Candidate;
use engines::matching::{
    Claim, ClaimedCode, CodeStanding, Entity, Explanation, FIELD_COUNT, Field, HeadOffice, Model, NameForm,
    Pair, Pattern, PatternCounts, Population, Register, RunnerUp, Shared, StaffVote, StatusClass, Training,
    Weights, compare, link_threshold, settle, train,
};
use proptest::prelude::*;

const SIZE: f64 = 1_500_000.0;

fn any_pattern() -> impl Strategy<Value = Pattern> {
    let levels: Vec<_> = Field::ALL.iter().map(|f| 0..f.levels().len() as u8).collect();
    (levels, prop::collection::vec(0.0f32..50.0, FIELD_COUNT)).prop_map(|(levels, others)| Pattern {
        levels: levels.try_into().unwrap(),
        others: others.try_into().unwrap(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_sum_is_the_total_and_the_probability(pattern in any_pattern(), rival in any_pattern()) {
        let model = Model::default();
        let candidates: Vec<Candidate> = [pattern, rival]
            .iter()
            .enumerate()
            .map(|(i, p)| Candidate { weighed: Weights::of(&model, SIZE).weigh(p, Population::Single), identity: i as i64 })
            .collect();
        let scored = settle(&candidates, &model).unwrap();
        let best = [pattern, rival][scored.best];
        let explanation =
            Explanation::of(&best, &candidates[scored.best].weighed, &scored, None, |_| Default::default());
        let sum: f64 = explanation.fields.iter().map(|f| f.weight).sum::<f64>() + explanation.prior;
        prop_assert!((sum - explanation.total).abs() < 1e-6);
        prop_assert!((1.0 / (1.0 + (-explanation.total).exp2()) - scored.probability).abs() < 1e-12);
        prop_assert!(scored.rivals <= 0 && candidates[scored.best].weighed.family <= 0);
    }

    #[test]
    fn silence_weighs_nothing(pattern in any_pattern(), field in 0..FIELD_COUNT) {
        let mut silent = pattern;
        silent.levels[field] = 0;
        let weighed = Weights::of(&Model::default(), SIZE).weigh(&silent, Population::Single);
        prop_assert_eq!(weighed.fields[field], 0);
    }

    #[test]
    fn a_commoner_value_never_weighs_more(pattern in any_pattern(), more in 0.0f32..1000.0) {
        let model = Model::default();
        let mut commoner = pattern;
        commoner.others.iter_mut().for_each(|o| *o += more);
        let (rare, common) = (Weights::of(&model, SIZE).weigh(&pattern, Population::Single), Weights::of(&model, SIZE).weigh(&commoner, Population::Single));
        for (a, b) in rare.fields.iter().zip(&common.fields) {
            prop_assert!(a >= b);
        }
    }

    /// Whatever stands in a file, what is stored is what the library makes of it.
    #[test]
    fn an_explanation_is_stored_as_the_library_writes_it(
        pattern in any_pattern(),
        left in "[a王\"\\\\\n\t\u{1}\u{7f}/𠮷 ]{0,8}",
        right in any::<String>(),
        runner_up in prop::option::of((any::<String>(), 0.0..1.0f64)),
    ) {
        let model = Model::default();
        let weighed = Weights::of(&model, SIZE).weigh(&pattern, Population::Single);
        let scored = settle(&[Candidate { weighed, identity: 1 }], &model).unwrap();
        let runner_up = runner_up.map(|(name, probability)| RunnerUp {
            enterprise_id: "E\"1".into(),
            name,
            probability: (probability * 1e6).round() / 1e6,
        });
        let explanation =
            Explanation::of(&pattern, &weighed, &scored, runner_up, |_| (left.clone().into(), right.clone().into()));
        prop_assert_eq!(explanation.to_json(), serde_json::to_string(&explanation).unwrap());
    }

    #[test]
    fn a_rival_never_helps(pattern in any_pattern(), rival in any_pattern()) {
        let model = Model::default();
        let candidate = |p: &Pattern, identity| Candidate { weighed: Weights::of(&model, SIZE).weigh(p, Population::Single), identity };
        let alone = settle(&[candidate(&pattern, 1)], &model).unwrap();
        let both = settle(&[candidate(&pattern, 1), candidate(&rival, 2)], &model).unwrap();
        if both.best == 0 {
            prop_assert!(both.probability <= alone.probability);
        }
    }

    #[test]
    fn training_does_not_depend_on_the_order_of_pairs(patterns in prop::collection::vec(any_pattern(), 1..60)) {
        let start = Model::default();
        let count = |patterns: &mut dyn Iterator<Item = &Pattern>| {
            let mut counts = PatternCounts::default();
            patterns.for_each(|p| counts.add(p, Population::Single, &Weights::of(&start, SIZE)));
            let training =
                Training { pairs: &counts, unions: [40, 0, 0, 0], sample: &counts, sampled: 40, size: SIZE };
            train(&start, &training)
        };
        let (there, back) = (count(&mut patterns.iter()), count(&mut patterns.iter().rev()));
        prop_assert_eq!(&there, &back);
        for field in &there.fields {
            prop_assert!(field.m.iter().chain(&field.g).chain(&field.u).all(|x| x.is_finite() && *x > 0.0));
        }
        prop_assert_eq!(Model::from_json(&there.to_json()).unwrap(), there);
    }
}

fn claim(name: &str) -> Claim {
    Claim {
        population: Population::Single,
        code: ClaimedCode::none(),
        names: vec![NameForm::parse(name)],
        legal_rep: Some("欧阳锡麟".into()),
        phone: Some(7),
        address: Some(8),
        county: Some(330_226),
        town: Some(330_226_104),
        industry: Some('C'),
        founded: Some(17_000),
        vote: None,
    }
}

fn entity(name: &NameForm) -> Entity<'_> {
    Entity {
        uscc: Some(1),
        org: Some(2),
        reg: None,
        name: name.view(),
        former: &[],
        legal_rep: Some("欧阳锡麟"),
        phone: Some(7),
        address: Some(8),
        county: Some(330_226),
        town: Some(330_226_104),
        industry: Some('C'),
        founded: Some(15_000),
        status: StatusClass::InBusiness,
        shared: Shared::default(),
    }
}

fn probability(claim: &Claim, entity: Entity<'_>, votes_here: u32) -> f64 {
    let register = Register {
        registered: 1_500_000,
        ..Register::default()
    };
    let model = Model::default();
    let pattern = compare(
        &Pair {
            claim,
            entity,
            votes_here,
            head_office: HeadOffice::default(),
        },
        &register,
    );
    let weighed = Weights::of(&model, register.size()).weigh(&pattern, claim.population);
    settle(&[Candidate { weighed, identity: 1 }], &model)
        .unwrap()
        .probability
}

#[test]
fn a_sibling_that_shares_everything_but_the_trade_is_not_the_employer() {
    let (same, sibling) = (
        NameForm::parse("宁海县腾浩户外用品有限公司"),
        NameForm::parse("宁海县腾浩服饰有限公司"),
    );
    let claim = claim("宁海县腾浩户外用品有限公司");
    assert!(probability(&claim, entity(&same), 0) > 0.999_9);
    assert!(probability(&claim, entity(&sibling), 0) < 0.3);
}

#[test]
fn staff_outside_the_register_speaks_against_every_firm() {
    let name = NameForm::parse("宁海县腾浩户外用品有限公司");
    let mut claim = claim("宁海县腾浩户外有限公司");
    let before = probability(&claim, entity(&name), 0);
    claim.vote = Some(StaffVote {
        insured: 20,
        top: 19,
        top_outside: true,
        top_wins: 1,
    });
    assert!(probability(&claim, entity(&name), 0) < before);
    claim.vote = Some(StaffVote {
        insured: 20,
        top: 19,
        top_outside: false,
        top_wins: 1,
    });
    assert!(probability(&claim, entity(&name), 19) > before);
}

#[test]
fn a_code_alone_is_no_proof() {
    let other = NameForm::parse("象山县百川渔业有限公司");
    let mut claim = claim("宁海县腾浩户外用品有限公司");
    claim.code = ClaimedCode {
        uscc: Some(1),
        standing: CodeStanding::Registered,
        ..ClaimedCode::none()
    };
    let stranger = Entity {
        legal_rep: Some("王伟"),
        phone: Some(70),
        address: Some(80),
        county: Some(330_225),
        town: None,
        industry: Some('A'),
        ..entity(&other)
    };
    assert!(probability(&claim, stranger, 0) < 0.5);
}

#[test]
fn a_branch_is_recognised_behind_a_short_form_and_a_sibling_is_not() {
    use engines::matching::field::name as level;
    let compared = |stated: &str, registered: &str| {
        let (stated, registered) = (NameForm::parse(stated), NameForm::parse(registered));
        engines::matching::name::compare_names(&stated.view(), &registered.view(), &[])
    };
    let branch = "宁波远霆汽车零部件有限公司宁海分公司";
    assert_eq!(compared("宁波远霆汽车零部件有限公司", branch), level::BRANCH);
    assert_eq!(compared("远霆汽车", branch), level::BRANCH);
    assert_eq!(compared("远霆食品", branch), level::BRAND);
    assert_eq!(
        compared("宁波远霆汽车零部件有限公司象山分公司", branch),
        level::BRANCH,
        "another branch of the same firm stands as far off as the head office"
    );
}

#[test]
fn the_threshold_is_the_lowest_that_keeps_the_stated_precision() {
    let sure = |n: usize| vec![0.999; n];
    let with = |mut many: Vec<f64>, more: &[f64]| {
        many.extend(more);
        many
    };
    assert_eq!(
        link_threshold(with(sure(1000), &[0.72, 0.65, 0.55, 0.3]), 0.995),
        0.65,
        "a few doubtful ones do not spoil a thousand sure ones; what is hardly likelier right than wrong stays out"
    );
    assert_eq!(
        link_threshold(with(sure(10), &[0.72, 0.65]), 0.995),
        0.95,
        "among ten they would"
    );
    assert_eq!(link_threshold(vec![0.7; 50], 0.995), 0.95, "nothing is sure here");
    assert_eq!(link_threshold(Vec::new(), 0.995), 0.95);
}

#[test]
fn two_characters_in_the_wrong_order_are_another_name_but_not_a_stranger() {
    use engines::matching::field::name as level;
    let (stated, registered) = (
        NameForm::parse("宁波昊富集团有限公司"),
        NameForm::parse("宁波富昊集团有限公司"),
    );
    let found = engines::matching::name::compare_names(&stated.view(), &registered.view(), &[]);
    assert!(matches!(found, level::BRAND_SLIP | level::SHAPE), "{found}");
}

/// Answers about pairs at two levels, as people would give them who know that short names (SHORT) here are right in nine of ten
/// and firms of another trade (BRAND) hardly ever, while the model calls both even.
fn answers(n: usize) -> Vec<Answer> {
    use engines::matching::field::name as level;
    (0..n)
        .map(|i| {
            let is_short = i % 2 == 0;
            let mut levels = [0u8; FIELD_COUNT];
            levels[Field::Name.index()] = if is_short { level::SHORT } else { level::BRAND };
            let is_rare = i / 2 % 10 == 9;
            Answer {
                levels,
                total: 0,
                is_same: is_short != is_rare,
                fold: (i / 20 % 5) as u8,
            }
        })
        .collect()
}

#[test]
fn answers_teach_where_the_model_leans_the_wrong_way() {
    use engines::matching::field::name as level;
    let lessons = learn(&answers(200));
    let bits = |name: u8| lessons.bits[Field::Name.index()][usize::from(name)];
    assert!(bits(level::SHORT) > 1.5, "{}", bits(level::SHORT));
    assert!(bits(level::BRAND) < -1.5, "{}", bits(level::BRAND));
    assert_eq!(bits(level::EXACT), 0.0, "nobody was asked about those");
    assert_eq!((lessons.same, lessons.different), (100, 100));
    assert!(
        lessons.right_before <= 110,
        "a model that calls all even is right by chance"
    );
    assert_eq!(lessons.right_after, 180, "nine of ten");
    assert!(lessons.loss_after < 0.65 && lessons.loss_before > 0.99);
}

#[test]
fn a_few_odd_answers_teach_nothing() {
    let is_silent = |lessons: &Lessons| lessons.bits.iter().flatten().all(|b| *b == 0.0);
    let one = learn(&answers(1));
    assert!(!one.are_taken && is_silent(&one) && one.same == 1);
    assert!(is_silent(&learn(&[])));
    // The same level judged one way in one fold and the other way in the next: nothing holds for those held back.
    let odd: Vec<Answer> = answers(20)
        .into_iter()
        .zip(0u8..)
        .map(|(answer, i)| Answer {
            levels: answers(1)[0].levels,
            is_same: i / 4 % 2 == 0,
            fold: i / 4,
            ..answer
        })
        .collect();
    let lessons = learn(&odd);
    assert!(!lessons.are_taken && is_silent(&lessons), "{lessons:?}");
}

#[test]
fn lessons_stay_with_the_model_until_it_forgets_them() {
    let lessons = learn(&answers(200));
    assert!(lessons.are_taken);
    let mut model = Model::default();
    model.take(&lessons);
    assert_ne!(model, Model::default());
    assert_eq!(Model::from_json(&model.to_json()).unwrap(), model);
    model.forget();
    assert_eq!(model, Model::default());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn lessons_do_not_depend_on_the_order_of_answers_and_stay_bounded(
        patterns in prop::collection::vec((any_pattern(), -9000i32..9000, any::<bool>(), 0u8..5), 1..40)
    ) {
        let answers: Vec<Answer> = patterns
            .iter()
            .map(|(pattern, total, is_same, fold)| Answer {
                levels: pattern.levels,
                total: *total,
                is_same: *is_same,
                fold: *fold,
            })
            .collect();
        let back: Vec<Answer> = answers.iter().rev().copied().collect();
        let lessons = learn(&answers);
        prop_assert_eq!(&lessons, &learn(&back));
        for field in &lessons.bits {
            prop_assert_eq!(field[0], 0.0);
            prop_assert!(field.iter().all(|b| b.abs() <= 4.0));
        }
    }
}

#[test]
fn a_brand_that_lost_a_character_is_one_slip_away() {
    use engines::matching::field::name as level;
    for (stated, registered) in [
        ("宁波莹?五金有限公司", "宁波莹邦五金有限公司"),
        ("宁波贵液压有限公司", "宁波浩贵液压有限公司"),
        ("宁波正房地产开发厂", "宁波正继房地产开发厂"),
        ("宁波?和软件厂", "宁波锐和软件厂"),
    ] {
        let (a, b) = (NameForm::parse(stated), NameForm::parse(registered));
        let found = engines::matching::name::compare_names(&a.view(), &b.view(), &[]);
        assert!(
            matches!(found, level::BRAND_SLIP | level::SHAPE),
            "{stated} {found} {a:?}"
        );
    }
    let (a, b) = (
        NameForm::parse("宁波液压有限公司"),
        NameForm::parse("宁波浩贵液压有限公司"),
    );
    assert_eq!(
        engines::matching::name::compare_names(&a.view(), &b.view(), &[]),
        level::DIFFERENT,
        "a trade alone is nobody's name"
    );
}
