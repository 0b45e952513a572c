//! The general linkage engine on tables made here, where the truth is known.

use engines::linking::chance::Rarity;
use engines::linking::{
    Comparer, Counts, Field, Keep, Lexicon, Model, Needs, Pattern, PatternCounts, Rivals, Sample, Strangers,
    Swap, Tables, Training, draw, train,
};
use proptest::prelude::*;

/// A small generator of the kind of Marsaglia (2003), so that a test always sees the same tables.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

/// Tables of `rows` matching rows (the i-th left row is the i-th right row); column c takes `values[c]` values and differs
/// in `errors[c]` of a thousand matches.
fn tables(rows: usize, values: &[u64], errors: &[u64], gaps: u64) -> (Tables, Vec<Field>) {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut tables = Tables {
        left_rows: rows,
        right_rows: rows,
        ..Tables::default()
    };
    let (mut right, mut fields) = (Vec::new(), Vec::new());
    for (column, (&values, &errors)) in values.iter().zip(errors).enumerate() {
        let mut lexicon = Lexicon::new();
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for _ in 0..rows {
            let value = dice.roll(values);
            let other = if dice.roll(1000) < errors {
                dice.roll(values)
            } else {
                value
            };
            here.push(lexicon.number_of(&format!("v{value}")));
            let is_gap = dice.roll(1000) < gaps;
            there.push(if is_gap {
                0
            } else {
                lexicon.number_of(&format!("v{other}"))
            });
        }
        let cells = vec![1; lexicon.len()];
        lexicon.take_apart(Needs::default(), &cells);
        tables.lexicons.push(lexicon);
        tables.left.push(here);
        right.push(there);
        fields.push(Field {
            name: format!("c{column}"),
            column,
            lexicon: column,
            levels: vec!["exact".parse().expect("a level")],
            rarity: 0.0,
        });
    }
    tables.right = Some(right);
    (tables, fields)
}

/// Trains on all pairs.
fn trained(tables: &Tables, fields: &[Field], swaps: &[Swap]) -> Model {
    let counts: Vec<Counts> = fields
        .iter()
        .map(|f| Counts::of(tables, f.column, f.lexicon))
        .collect();
    let mut comparer = Comparer::new(tables.pairing(), fields, swaps);
    let mut sample = Sample::new(fields.len() + swaps.len());
    let mut patterns = PatternCounts::default();
    let all = (tables.left_rows * tables.right_rows) as u64;
    for index in 0..all {
        let Some((left, right)) = draw(tables, all, index) else {
            continue;
        };
        let pattern = comparer.compare(left, right);
        sample.add(&comparer, &counts, pattern, left, right);
        patterns.add((pattern, 0), 1);
    }
    train(
        tables,
        fields,
        swaps,
        &counts,
        &sample,
        &patterns,
        &Rivals::new(tables, Keep::All),
        &Strangers::default(),
        &Training::default(),
    )
}

#[test]
fn training_finds_the_error_rates_that_made_the_tables() {
    let errors = [50, 120, 200, 10];
    let (tables, fields) = tables(600, &[200, 80, 300, 40], &errors, 0);
    let model = trained(&tables, &fields, &[]);
    for (field, (error, values)) in model
        .fields
        .iter()
        .zip(errors.iter().zip([200.0, 80.0, 300.0, 40.0]))
    {
        let agree = 1.0 - *error as f64 / 1000.0 * (1.0 - 1.0 / values);
        let (m, u) = (field.levels[0].m, field.levels[0].u);
        assert!(
            (m - agree).abs() < 0.035,
            "{}: m {m}, made with {agree}",
            field.field
        );
        assert!(
            (u * values - 1.0).abs() < 0.12,
            "{}: u {u}, made with {}",
            field.field,
            1.0 / values
        );
    }
    let matches = model.prior * tables.pairs_in_all();
    assert!((matches - 600.0).abs() < 30.0, "{matches} matches of 600");
}

#[test]
fn a_missing_cell_says_nothing() {
    let (tables, fields) = tables(300, &[100, 100, 60], &[50, 50, 50], 300);
    let model = trained(&tables, &fields, &[]);
    assert_eq!(model.bits(Pattern::default(), 0.0), model.prior_bits());
    let known = Pattern(0x001);
    let gap_and_known = Pattern(0x011 & 0xf);
    assert_eq!(model.bits(known, 0.0), model.bits(gap_and_known, 0.0));
}

#[test]
fn a_column_without_cells_says_nothing_and_stops_nothing() {
    let (mut tables, fields) = tables(200, &[100, 50], &[50, 50], 0);
    tables.left[1].fill(0);
    let model = trained(&tables, &fields, &[]);
    assert!(model.fields[1].is_empty);
    assert!(model.fields[1].levels.iter().all(|level| level.bits == 0.0));
    assert!(!model.fields[0].is_empty);
}

#[test]
fn no_level_weighs_infinitely() {
    let (tables, fields) = tables(50, &[1, 100_000, 3], &[0, 0, 0], 0);
    let model = trained(&tables, &fields, &[]);
    for level in model.fields.iter().flat_map(|field| &field.levels) {
        assert!(
            level.bits.abs() < 40.0 && level.m > 0.0 && level.u > 0.0,
            "{level:?}"
        );
    }
}

#[test]
fn swapped_columns_are_met_crossed() {
    let mut lexicon = Lexicon::new();
    let mut cells = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| lexicon.number_of(text))
            .collect::<Vec<u32>>()
    };
    let left = vec![cells(&["mary", "john"]), cells(&["stone", "brook"])];
    let right = vec![cells(&["stone", "john"]), cells(&["mary", "brook"])];
    let counts = vec![1; lexicon.len()];
    lexicon.take_apart(Needs::default(), &counts);
    let tables = Tables {
        lexicons: vec![lexicon],
        left,
        right: Some(right),
        left_rows: 2,
        right_rows: 2,
    };
    let field = |name: &str, column| Field {
        name: name.to_owned(),
        column,
        lexicon: 0,
        levels: vec![
            "exact".parse().expect("a level"),
            "edit <= 1".parse().expect("a level"),
        ],
        rarity: 1.0,
    };
    let fields = [field("given", 0), field("family", 1)];
    let swaps = [Swap { first: 0, second: 1 }];
    let mut comparer = Comparer::new(tables.pairing(), &fields, &swaps);
    let crossed = comparer.compare(0, 0);
    assert_eq!((crossed.level(0), crossed.level(1), crossed.level(2)), (1, 1, 2));
    let straight = comparer.compare(1, 1);
    assert_eq!(
        (straight.level(0), straight.level(1), straight.level(2)),
        (1, 1, 1)
    );
    assert_eq!(comparer.values(crossed, 0, 0, 0), (1, 1), "mary met mary");
}

#[test]
fn agreement_on_a_rare_value_says_more() {
    let mut lexicon = Lexicon::new();
    let texts = ["wang", "wang", "wang", "wang", "ouyang", "li", "li", "li"];
    let cells: Vec<u32> = texts.iter().map(|text| lexicon.number_of(text)).collect();
    let counts = vec![1; lexicon.len()];
    lexicon.take_apart(Needs::default(), &counts);
    let tables = Tables {
        lexicons: vec![lexicon],
        left: vec![cells.clone()],
        right: Some(vec![cells]),
        left_rows: 8,
        right_rows: 8,
    };
    let fields = [Field {
        name: "family".into(),
        column: 0,
        lexicon: 0,
        levels: vec!["exact".parse().expect("a level")],
        rarity: 1.0,
    }];
    let counts = [Counts::of(&tables, 0, 0)];
    let mut comparer = Comparer::new(tables.pairing(), &fields, &[]);
    let sample = Sample::new(1);
    let rarity = Rarity::of(&tables, &fields, &counts, &sample);
    let mut bits = |row| {
        let pattern = comparer.compare(row, row);
        rarity.bits(&comparer, &counts, pattern, row, row)
    };
    assert!(bits(4) > bits(5), "ouyang against li");
    assert!(bits(5) > bits(0), "li against wang");
}

proptest! {
    #[test]
    fn the_sides_may_change_places(rows in prop::collection::vec((0u32..6, 0u32..6, 0u32..6, 0u32..6), 2..12)) {
        let mut lexicon = Lexicon::new();
        let mut cell = |n: u32| if n == 0 { 0 } else { lexicon.number_of(["", "smith", "smyth", "smiht", "jones", "li"][n as usize]) };
        let left = vec![rows.iter().map(|r| cell(r.0)).collect::<Vec<_>>(), rows.iter().map(|r| cell(r.1)).collect()];
        let right = vec![rows.iter().map(|r| cell(r.2)).collect::<Vec<_>>(), rows.iter().map(|r| cell(r.3)).collect()];
        let counts = vec![1; lexicon.len()];
        lexicon.take_apart(Needs::default(), &counts);
        let n = rows.len();
        let one = Tables { lexicons: vec![lexicon], left: left.clone(), right: Some(right.clone()), left_rows: n, right_rows: n };
        let other = Tables { left: right, right: Some(left), ..one.clone() };
        let field = |column| Field {
            name: format!("c{column}"), column, lexicon: 0, rarity: 1.0,
            levels: vec!["exact".parse().expect("a level"), "edit <= 1".parse().expect("a level")],
        };
        let fields = [field(0), field(1)];
        let swaps = [Swap { first: 0, second: 1 }];
        let (mut a, mut b) = (Comparer::new(one.pairing(), &fields, &swaps), Comparer::new(other.pairing(), &fields, &swaps));
        for i in 0..n as u32 {
            for j in 0..n as u32 {
                let (p, q) = (a.compare(i, j), b.compare(j, i));
                // A crossed pair seen from the other side has its two columns exchanged.
                let is_crossed = p.level(2) == 2;
                let seen = if is_crossed { (q.level(1), q.level(0)) } else { (q.level(0), q.level(1)) };
                prop_assert_eq!((p.level(0), p.level(1), p.level(2)), (seen.0, seen.1, q.level(2)));
            }
        }
    }
}
