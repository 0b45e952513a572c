//! A town on paper: rows as files state them, turned into a lake, run, and read back.

#![allow(clippy::unwrap_used)]

use crate::raw;
use codes::time::Day;
use codes::uscc::Uscc;
use lake::member_links::MemberLink;
use lake::tables::{Closure, Coverage, Finding, Link, OpenItem, Verdict};
use reconcile::{ReconcileError, RulesSource, RunInput, RunOutput};
use std::collections::HashMap;
use std::path::Path;

/// One row: column → cell.
pub type Row = HashMap<String, String>;

/// The only now.
pub const AS_OF: &str = "2026-08-01";

/// A valid employer code made from a number.
pub fn code(n: u32) -> String {
    Uscc::compose("91", 330_226, &format!("MA2{n:05}"))
        .unwrap()
        .as_str()
        .to_string()
}

/// A valid union code.
pub fn union_code(n: u32) -> String {
    Uscc::compose("81", 330_226, &format!("MC2{n:05}"))
        .unwrap()
        .as_str()
        .to_string()
}

/// A valid ID number made from a number.
pub fn person(n: u32) -> String {
    let birth = Day::new(1980, 1 + n / 900 % 12, 1 + n / 10_800 % 28).unwrap();
    codes::resident_id::ResidentId::compose(330_226, birth, (n % 900 + 1) as u16)
        .unwrap()
        .as_str()
        .to_string()
}

/// A row from pairs.
pub fn row(cells: &[(&str, &str)]) -> Row {
    cells
        .iter()
        .map(|(k, v)| (k.to_string(), v.to_string()))
        .collect()
}

/// All files of a town.
#[derive(Default, Clone)]
pub struct Town {
    pub enterprises: Vec<Row>,
    pub unions: Vec<Row>,
    pub covers: Vec<Row>,
    pub members: Vec<Row>,
    pub insurance: Vec<Row>,
    pub tax: Vec<Row>,
    pub verdicts: Vec<Verdict>,
    pub open_items: Vec<OpenItem>,
    people: u32,
}

/// What came out.
pub struct Outcome {
    pub output: RunOutput,
    pub links: HashMap<String, Link>,
    pub findings: Vec<Finding>,
    pub closures: HashMap<String, Closure>,
    pub coverage: Vec<Coverage>,
    pub member_links: HashMap<String, MemberLink>,
}

impl Outcome {
    pub fn link(&self, union: &str) -> (&str, Option<&str>) {
        let link = &self.links[union];
        (&link.decision, link.enterprise_id.as_deref())
    }

    pub fn finding(&self, rule: &str, subject: &str) -> Option<&Finding> {
        self.findings
            .iter()
            .find(|f| f.rule == rule && f.subject_id == subject)
    }
}

impl Town {
    /// A town with enough ordinary firms and unions to learn frequencies from.
    pub fn ordinary() -> Town {
        const BRANDS: [&str; 20] = [
            "永兴", "恒达", "宏图", "金鼎", "瑞丰", "天泽", "华盛", "东方", "海纳", "长青", "百川", "凯旋",
            "明珠", "鼎盛", "润泽", "安泰", "顺达", "广源", "信诚", "启航",
        ];
        const TRADES: [&str; 10] = [
            "服饰",
            "五金制品",
            "模具",
            "电器",
            "文具",
            "塑料制品",
            "机械制造",
            "食品",
            "物流",
            "建材",
        ];
        let mut town = Town::default();
        for n in 0..200u32 {
            let (brand, trade) = (BRANDS[n as usize % 20], TRADES[n as usize / 20]);
            let id = format!("E{n:04}");
            let name = format!("宁海县{brand}{trade}有限公司");
            town.firm(n, &id, &name, &[]);
            if n % 4 == 0 {
                let union = format!("U{n:04}");
                town.union(
                    &union,
                    &format!("{name}工会委员会"),
                    &[("employer_uscc", &code(n)), ("employer_name", &name)],
                );
                town.staff(&id, &code(n), &name, 12, Some((&union, 10)));
            }
        }
        town
    }

    /// Enters a living firm, with further or other cells.
    pub fn firm(&mut self, n: u32, id: &str, name: &str, cells: &[(&str, &str)]) {
        let mut firm = row(&[
            ("enterprise_id", id),
            ("uscc", &code(n)),
            ("name", name),
            (
                "legal_rep",
                &format!(
                    "{}{}",
                    ["王", "李", "张", "陈", "胡"][n as usize % 5],
                    ["建国", "海燕", "志强", "丽娟"][n as usize / 5 % 4]
                ),
            ),
            ("county", "330226"),
            ("street", "西店镇"),
            ("address", &format!("宁海县西店镇滨海路{}号", n + 1)),
            ("founded", "2015-05-01"),
            ("status", "存续"),
            ("industry_code", "C2419"),
        ]);
        firm.extend(row(cells));
        self.enterprises.push(firm);
    }

    /// Enters a union with a code of its own and a running term, with further or other cells.
    pub fn union(&mut self, id: &str, name: &str, cells: &[(&str, &str)]) {
        let mut union = row(&[
            ("union_id", id),
            ("union_name", name),
            ("union_code", &union_code(self.unions.len() as u32)),
            ("county", "330226"),
            ("street", "西店镇"),
            ("union_type", "独立基层工会"),
            ("founded", "2018-03-01"),
            ("term_end", "2028-03-01"),
        ]);
        union.extend(row(cells));
        self.unions.push(union);
    }

    /// Insures `n` new persons at an employer as named; the first `members.1` of them are members of the union `members.0`.
    pub fn staff(&mut self, tag: &str, code: &str, name: &str, n: u32, members: Option<(&str, u32)>) {
        for i in 0..n {
            self.people += 1;
            let id = person(self.people);
            self.insurance.push(row(&[
                ("ins_id", &format!("I-{tag}-{i:04}")),
                ("id_no", &id),
                ("name", "王芳"),
                ("employer_uscc", code),
                ("employer_name", name),
                ("start", "2020-01-01"),
            ]));
            if let Some((union, count)) = members
                && i < count
            {
                self.members.push(row(&[
                    ("member_id", &format!("M-{tag}-{i:04}")),
                    ("union_id", union),
                    ("id_no", &id),
                    ("name", "王 芳"),
                ]));
            }
        }
    }

    /// Writes the lake and runs everything.
    pub fn run(&self) -> Outcome {
        self.try_run(|_| ()).unwrap()
    }

    /// The same with a changed input.
    pub fn try_run(&self, change: impl FnOnce(&mut RunInput)) -> Result<Outcome, ReconcileError> {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut input = self.write(&folder);
        change(&mut input);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let output = runtime.block_on(reconcile::run(&input, &|_, _, _| ()))?;
        let outcome = read(output);
        std::fs::remove_dir_all(&folder).unwrap();
        Ok(outcome)
    }

    /// Writes the lake into a folder.
    pub fn write(&self, folder: &Path) -> RunInput {
        let at = |kind: &str| folder.join(format!("{kind}.parquet"));
        write(&at("enterprises"), &self.enterprises, raw::enterprise);
        write(&at("unions"), &self.unions, raw::union);
        write(&at("covers"), &self.covers, raw::cover);
        write(&at("members"), &self.members, raw::member);
        write(&at("insurance"), &self.insurance, raw::insurance);
        write(&at("tax"), &self.tax, raw::tax);
        lake::write_rows(&at("verdicts"), self.verdicts.clone()).unwrap();
        lake::write_rows(&at("open_items"), self.open_items.clone()).unwrap();
        let out = folder.join("out");
        std::fs::create_dir(&out).unwrap();
        RunInput {
            as_of: Day::parse_iso(AS_OF).unwrap(),
            enterprises: Some(at("enterprises")),
            insurance: Some(at("insurance")),
            tax: Some(at("tax")),
            drivers: None,
            unions: at("unions"),
            covers: at("covers"),
            members: at("members"),
            verdicts: at("verdicts"),
            open_items: at("open_items"),
            unsound_unions: None,
            rules: RulesSource::Embedded,
            model: None,
            retrain: false,
            out,
            threads: Some(2),
        }
    }
}

fn write<R: lake::LakeRow>(path: &Path, rows: &[Row], convert: impl Fn(raw::Cells<'_>) -> R) {
    let converted = rows
        .iter()
        .map(|row| convert(&|column: &str| row.get(column).cloned().unwrap_or_default()));
    lake::write_rows(path, converted).unwrap();
}

fn read(output: RunOutput) -> Outcome {
    fn all<R: lake::LakeRow>(path: &Path) -> Vec<R> {
        lake::read_rows(path)
            .unwrap()
            .collect::<Result<Vec<R>, _>>()
            .unwrap()
    }
    Outcome {
        links: all::<Link>(&output.links)
            .into_iter()
            .map(|l| (l.union_id.clone(), l))
            .collect(),
        findings: all(&output.findings),
        coverage: all(&output.coverage),
        closures: all::<Closure>(&output.closures)
            .into_iter()
            .map(|c| (c.item_no.clone(), c))
            .collect(),
        member_links: output
            .member_links
            .read()
            .unwrap()
            .map(Result::unwrap)
            .map(|m| (m.member_id.clone(), m))
            .collect(),
        output,
    }
}
