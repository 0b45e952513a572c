//! A made-up register of people, and a second one with the dirt that real ones have.

use reconcile::any_table::{AnyTableError, LinkTables, Summary, link_tables};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The specification that most tests use.
pub const PEOPLE: &str = r#"
id = "id"

[[column]]
name = "born"
clean = ["date"]

[[compare]]
column = "given"
levels = ["exact", "jaro_winkler >= 0.88"]

[[compare]]
column = "family"
levels = ["exact", "jaro_winkler >= 0.88"]

[[swap]]
columns = ["given", "family"]

[[compare]]
column = "street"
levels = ["exact", "word_overlap >= 0.5"]

[[compare]]
column = "born"
levels = ["exact", "day_month_swapped", "edit <= 1"]

[[block]]
on = ["born"]

[[block]]
on = ["given", "family"]

[[block]]
on = ["given", "family"]
right = ["family", "given"]

[[block]]
on = ["family", "street"]

[output]
keep = "one_to_one"
"#;

/// A folder with files, gone at the end of the test.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("a file");
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    /// Names of all files in the folder.
    pub fn names(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.path()).expect("a folder");
        let mut names: Vec<String> = files
            .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Links files of this folder into `pairs.csv`.
    pub fn link(
        &self,
        spec: &str,
        left: &str,
        right: Option<&str>,
        threads: usize,
    ) -> Result<Summary, AnyTableError> {
        let spec = self.write("spec.toml", spec);
        link_tables(&LinkTables {
            spec,
            left: self.path(left),
            right: right.map(|name| self.path(name)),
            out: self.path("pairs.csv"),
            report: Some(self.path("report.json")),
            threads: Some(threads),
        })
    }

    /// Ids and probabilities of `pairs.csv`.
    pub fn pairs(&self) -> Vec<(String, String, f64)> {
        let mut reader = csv::Reader::from_path(self.path("pairs.csv")).expect("the pairs");
        assert_eq!(
            reader.headers().expect("heads"),
            vec!["left_id", "right_id", "probability"]
        );
        let rows = reader.records().map(|row| row.expect("a row"));
        rows.map(|row| {
            (
                row[0].to_owned(),
                row[1].to_owned(),
                row[2].parse().expect("a probability"),
            )
        })
        .collect()
    }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

const GIVEN: [&str; 24] = [
    "mary", "john", "susan", "peter", "linda", "james", "karen", "robert", "nancy", "david", "helen",
    "thomas", "laura", "daniel", "julia", "martin", "alice", "george", "emily", "walter", "diana", "philip",
    "irene", "oscar",
];
const SYLLABLES: [&str; 12] = [
    "bar", "ken", "dol", "mar", "ston", "field", "wood", "ham", "ley", "ford", "win", "gate",
];
const STREETS: [&str; 10] = [
    "mill road",
    "high street",
    "church lane",
    "park avenue",
    "station road",
    "king street",
    "long lane",
    "north road",
    "hill view",
    "west end",
];

/// One person: id, given, family, street, born.
pub type Person = [String; 5];

/// So many different people.
pub fn people(count: usize) -> Vec<Person> {
    let mut dice = Dice(88_172_645_463_325_252);
    let each = (0..count).map(|i| {
        let family = format!(
            "{}{}{}",
            SYLLABLES[dice.roll(12)],
            SYLLABLES[dice.roll(12)],
            SYLLABLES[dice.roll(4)]
        );
        let street = format!("{} {}", 1 + dice.roll(120), STREETS[dice.roll(10)]);
        let born = format!(
            "{}-{:02}-{:02}",
            1930 + dice.roll(70),
            1 + dice.roll(12),
            1 + dice.roll(28)
        );
        [
            format!("a{i}"),
            GIVEN[dice.roll(24)].to_owned(),
            family,
            street,
            born,
        ]
    });
    each.collect()
}

/// The same people as another office has them: slips, swapped names, swapped day and month, moved, missing cells.
pub fn soiled(people: &[Person]) -> Vec<Person> {
    let mut dice = Dice(1_442_695_040_888_963_407);
    let each = people.iter().map(|[id, given, family, street, born]| {
        let (mut given, mut family, mut street, mut born) =
            (given.clone(), family.clone(), street.clone(), born.clone());
        if dice.roll(100) < 12 {
            let at = 1 + dice.roll(family.len() - 2);
            family.remove(at);
        }
        if dice.roll(100) < 8 {
            std::mem::swap(&mut given, &mut family);
        }
        match dice.roll(100) {
            0..6 => born = format!("{}{}-{}", &born[..5], &born[8..], &born[5..7]),
            6..14 => born.clear(),
            _ => {}
        }
        match dice.roll(100) {
            0..10 => street = format!("{} {}", 1 + dice.roll(120), STREETS[dice.roll(10)]),
            10..20 => street.clear(),
            _ => {}
        }
        [id.replacen('a', "b", 1), given, family, street, born]
    });
    each.collect()
}

/// A CSV file of people.
pub fn csv_of(people: &[Person]) -> String {
    let rows = people.iter().map(|person| person.join(",") + "\n");
    "id,given,family,street,born\n".to_owned() + &rows.collect::<String>()
}

/// Households with an address, often a phone, and a surname in common, as rows of `crates/reconcile/specs/renyuan.toml`; the
/// second list is every third of them as another list has them, under `b…`.
pub fn households(count: usize) -> (Vec<Person>, Vec<Person>) {
    const SURNAMES: [&str; 16] = [
        "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    ];
    const GIVEN_CHARS: [&str; 20] = [
        "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
        "秀", "霞", "平",
    ];
    let mut dice = Dice(2_862_933_555_777_941_757);
    let (mut all, mut again) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (surname, home) = (SURNAMES[dice.roll(16)], dice.roll(900_000));
        let address = format!("解放路{}号{}幢{}室", home % 97, home / 97 % 31, 101 + home / 3007);
        let shared = format!("13{:09}", dice.roll(1_000_000_000));
        for member in 0..1 + dice.roll(3) {
            let mut phone = shared.clone();
            if member > 0 && dice.roll(2) == 0 {
                phone = format!("15{:09}", dice.roll(1_000_000_000));
            }
            let name = format!(
                "{surname}{}{}",
                GIVEN_CHARS[dice.roll(20)],
                GIVEN_CHARS[dice.roll(20)]
            );
            let mut born = format!(
                "{}-{:02}-{:02}",
                1955 + dice.roll(48),
                1 + dice.roll(12),
                1 + dice.roll(28)
            );
            let n = all.len();
            all.push([
                format!("a{n}"),
                name.clone(),
                born.clone(),
                phone.clone(),
                address.clone(),
            ]);
            if n % 3 == 0 {
                let mut address = address.clone();
                match dice.roll(100) {
                    0..15 => phone.clear(),
                    15..22 => phone = format!("18{:09}", dice.roll(1_000_000_000)),
                    22..30 => born.clear(),
                    30..45 => address = format!("解放路{}号", home % 97),
                    _ => {}
                }
                again.push([format!("b{n}"), name, born, phone, address]);
            }
        }
    }
    (all, again)
}

/// Two shops' articles as rows of `crates/reconcile/specs/abt-buy.toml`, each in series of variants whose numbers differ in
/// one character. The shops call an article by other words and write its number apart (`PSLX350H`, `PS-LX350H`). They
/// share the articles up to `shared`; behind them each has as many again of its own.
pub fn catalogues(shared: usize) -> [String; 2] {
    const MAKERS: [&str; 8] = [
        "Sony",
        "Bose",
        "Canon",
        "Linksys",
        "Panasonic",
        "Garmin",
        "Frigidaire",
        "Yamaha",
    ];
    const KINDS: [[&str; 3]; 6] = [
        ["Turntable", "Belt Drive Turntable", "Record Player"],
        ["Speaker System", "Speakers Pair", "Loudspeaker System"],
        ["Ethernet Switch", "Network Switch", "5-Port Switch"],
        ["Digital Camera", "Compact Camera Kit", "Camera"],
        ["Microwave Oven", "Countertop Microwave", "Microwave"],
        ["Navigator", "GPS Receiver", "Portable GPS Navigator"],
    ];
    const COLOURS: [&str; 4] = ["Black", "White", "Silver", "Stainless Steel"];
    let mut dice = Dice(6_364_136_223_846_793_005);
    let mut shops = ["id,name,price\n".to_owned(), "id,name,price\n".to_owned()];
    let mut series = (0, 0, 0);
    for n in 0..3 * shared {
        if n % 4 == 0 {
            series = (
                dice.roll(MAKERS.len()),
                dice.roll(KINDS.len()),
                100 + dice.roll(900),
            );
        }
        let (maker, kind, number) = series;
        let letters = ["PSLX", "AM", "EZX", "DMC"][(maker + kind) % 4];
        let (end, price) = (["A", "B", "C", "D"][n % 4], 20 + dice.roll(900));
        let is_at = |shop: usize| n < shared || (n - shared) % 2 == shop;
        if is_at(0) {
            let colour = COLOURS[dice.roll(4)];
            let price = if dice.roll(10) < 5 {
                String::new()
            } else {
                format!("${price}.00")
            };
            shops[0] += &format!(
                "a{n},{} {colour} {} - {letters}{number}{end},{price}\n",
                MAKERS[maker], KINDS[kind][0]
            );
        }
        if is_at(1) {
            let kind = KINDS[kind][1 + dice.roll(2)];
            let number = match dice.roll(10) {
                0 => String::new(),
                1..4 => format!(" {letters}{number}{end}"),
                _ => format!(" {letters}-{number}{end}"),
            };
            let price = price + dice.roll(9) * price / 60;
            let price = if dice.roll(10) < 4 {
                String::new()
            } else {
                format!("${price}.99")
            };
            shops[1] += &format!("b{n},{}{number} {kind},{price}\n", MAKERS[maker]);
        }
    }
    shops
}

/// The heads of such a list, and its rows.
pub fn list_of(people: &[Person]) -> String {
    csv_of(people).replacen("id,given,family,street,born", "编号,姓名,出生日期,手机,住址", 1)
}

/// Folder with `a.csv` and `b.csv`.
pub fn town(count: usize) -> Folder {
    let folder = Folder::new();
    let people = people(count);
    folder.write("a.csv", csv_of(&people));
    folder.write("b.csv", csv_of(&soiled(&people)));
    folder
}
