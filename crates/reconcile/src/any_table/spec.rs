//! The specification: which columns there are, how they are cleaned and compared, which pairs are looked at, what is kept.
//! Every key and its default is described in `specs/README.md`.

use super::AnyTableError;
use engines::linking::clean::Step;
use engines::linking::{Keep, KeyPart, Level};
use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

/// A specification as read; columns are not yet looked up.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub id: OneOrTwo,
    /// Character set of text files that are neither UTF-8 nor GB 18030, by its WHATWG name.
    #[serde(default)]
    pub encoding: Option<String>,
    #[serde(default = "max_pairs")]
    pub max_pairs: u64,
    /// Cells with one of these words are missing, whatever their case.
    #[serde(default = "null_words")]
    pub null: Vec<String>,
    #[serde(default)]
    pub column: Vec<ColumnSpec>,
    #[serde(default)]
    pub compare: Vec<CompareSpec>,
    #[serde(default)]
    pub swap: Vec<SwapSpec>,
    #[serde(default)]
    pub block: Vec<BlockSpec>,
    #[serde(default)]
    pub training: TrainingSpec,
    #[serde(default)]
    pub output: OutputSpec,
}

/// A head that both files share, or one for each file.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "一个列名，或 { left = \"左表列名\", right = \"右表列名\" }"
)]
pub enum OneOrTwo {
    One(String),
    Two(TwoHeads),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoHeads {
    pub left: String,
    pub right: String,
}

impl OneOrTwo {
    pub fn left(&self) -> &str {
        match self {
            OneOrTwo::One(head) => head,
            OneOrTwo::Two(heads) => &heads.left,
        }
    }

    pub fn right(&self) -> &str {
        match self {
            OneOrTwo::One(head) => head,
            OneOrTwo::Two(heads) => &heads.right,
        }
    }
}

/// A head, one for each file, or several heads whose cells are put together with a blank.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "一个列名、列名的数组，或 { left = …, right = … }")]
pub enum HeadsOf {
    Heads(Heads),
    Two(TwoFroms),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "一个列名或列名的数组")]
pub enum Heads {
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoFroms {
    pub left: Heads,
    pub right: Heads,
}

impl Heads {
    pub fn list(&self) -> Vec<String> {
        match self {
            Heads::One(head) => vec![head.clone()],
            Heads::Many(heads) => heads.clone(),
        }
    }
}

/// A cleaned column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    pub name: String,
    #[serde(default)]
    pub from: Option<HeadsOf>,
    #[serde(default = "default_steps", deserialize_with = "each_written")]
    pub clean: Vec<Step>,
    /// Words that mean nothing in this column; replaces the list for all columns.
    #[serde(default)]
    pub null: Option<Vec<String>>,
}

impl ColumnSpec {
    /// A column that the specification only uses: the head of the same name, cleaned as usual.
    pub fn plain(name: &str) -> ColumnSpec {
        ColumnSpec {
            name: name.to_owned(),
            from: None,
            clean: default_steps(),
            null: None,
        }
    }

    pub fn left(&self) -> Vec<String> {
        match &self.from {
            None => vec![self.name.clone()],
            Some(HeadsOf::Heads(heads)) => heads.list(),
            Some(HeadsOf::Two(two)) => two.left.list(),
        }
    }

    pub fn right(&self) -> Vec<String> {
        match &self.from {
            Some(HeadsOf::Two(two)) => two.right.list(),
            _ => self.left(),
        }
    }
}

/// A comparison: levels from the strongest to the weakest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareSpec {
    pub column: String,
    #[serde(deserialize_with = "each_written")]
    pub levels: Vec<Level>,
    #[serde(default)]
    pub term_frequency: TermFrequency,
}

/// Whether agreement on a rare value says more than on a common one: yes, no, or by how much.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "true、false 或 0 到 1 之间的数")]
pub enum TermFrequency {
    Yes(bool),
    Share(f64),
}

impl Default for TermFrequency {
    fn default() -> TermFrequency {
        TermFrequency::Yes(true)
    }
}

impl TermFrequency {
    pub fn share(self) -> f64 {
        match self {
            TermFrequency::Yes(yes) => f64::from(u8::from(yes)),
            TermFrequency::Share(share) => share,
        }
    }
}

/// Two compared columns that people swap.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwapSpec {
    pub columns: [String; 2],
}

/// A blocking rule: pairs whose keys are all the same are looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockSpec {
    #[serde(deserialize_with = "each_written")]
    pub on: Vec<KeyPart>,
    /// Keys of the right file where they differ (a swapped name).
    #[serde(default, deserialize_with = "each_written_maybe")]
    pub right: Option<Vec<KeyPart>>,
    /// Blocks with more pairs than this are skipped and reported.
    #[serde(default)]
    pub max_block: Option<u64>,
}

impl BlockSpec {
    /// The rule as people write it.
    pub fn label(&self) -> String {
        let list = |parts: &[KeyPart]| {
            parts
                .iter()
                .map(|part| part.to_string())
                .collect::<Vec<_>>()
                .join(" + ")
        };
        match &self.right {
            None => list(&self.on),
            Some(right) => format!("{} = {}", list(&self.on), list(right)),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingSpec {
    /// Random pairs for the chances.
    pub sample: u64,
    pub rounds: u32,
    /// How many pairs match, where that is known; estimated otherwise.
    pub matches: Option<f64>,
}

impl Default for TrainingSpec {
    fn default() -> TrainingSpec {
        TrainingSpec {
            sample: 1_000_000,
            rounds: 100,
            matches: None,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputSpec {
    /// Least probability of a pair in the output.
    pub threshold: f64,
    pub keep: Keep,
}

impl Default for OutputSpec {
    fn default() -> OutputSpec {
        OutputSpec {
            threshold: 0.5,
            keep: Keep::All,
        }
    }
}

fn max_pairs() -> u64 {
    100_000_000
}

fn null_words() -> Vec<String> {
    [
        "null", "nan", "none", "n/a", "\\n", "-", "--", "—", "无", "暂无", "不详", "未知", "空",
    ]
    .map(str::to_owned)
    .into()
}

fn default_steps() -> Vec<Step> {
    vec![Step::Nfkc, Step::Lower]
}

fn each_written<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<Vec<T>, D::Error> {
    let written = Vec::<String>::deserialize(from)?;
    let each = written
        .iter()
        .map(|text| text.parse().map_err(serde::de::Error::custom));
    each.collect()
}

fn each_written_maybe<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(
    from: D,
) -> Result<Option<Vec<T>>, D::Error> {
    each_written(from).map(Some)
}

impl Spec {
    /// Reads and checks a specification.
    ///
    /// # Errors
    /// The file cannot be read, a key or value is unknown, or the parts do not fit together.
    pub fn read(path: &Path) -> Result<Spec, AnyTableError> {
        let unreadable = |reason: String| AnyTableError::SpecUnreadable {
            file: path.to_owned(),
            reason,
        };
        let bytes = std::fs::read(path).map_err(|e| {
            unreadable(match e.kind() {
                std::io::ErrorKind::NotFound => "没有这个文件".to_owned(),
                std::io::ErrorKind::IsADirectory => "这是目录，不是文件".to_owned(),
                _ => e.to_string(),
            })
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| unreadable("内容不是 UTF-8 文本；规格文件是 TOML，请存为 UTF-8".to_owned()))?;
        Spec::parse(text.trim_start_matches('\u{feff}'), path)
    }

    /// Reads a specification from its text; `path` is for messages.
    ///
    /// # Errors
    /// As [`Spec::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Spec, AnyTableError> {
        let wrong = |place: String, problem: String| AnyTableError::Spec {
            file: path.to_owned(),
            place,
            problem,
        };
        let spec: Spec = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            wrong(
                line.map_or(String::new(), |line| format!(" 第 {line} 行")),
                in_chinese(error.message()),
            )
        })?;
        spec.problem()
            .map_or(Ok(()), |problem| Err(wrong(String::new(), problem)))?;
        Ok(spec)
    }

    fn problem(&self) -> Option<String> {
        if self.compare.is_empty() {
            return Some("没有 [[compare]]：至少要比较一列".into());
        }
        if self.block.is_empty() {
            return Some("没有 [[block]]：不分块就要逐对比较全部记录；请至少写一条分块规则，如 on = [\"prefix(name, 3)\"]".into());
        }
        if self.block.iter().any(|block| block.on.is_empty()) {
            return Some("有一条 [[block]] 的 on 是空的；请写出用来分块的列".into());
        }
        if let Some(block) = self
            .block
            .iter()
            .find(|b| b.right.as_ref().is_some_and(|r| r.len() != b.on.len()))
        {
            return Some(format!("分块规则 {} 的 right 与 on 的项数不同", block.label()));
        }
        self.problem_of_names().or_else(|| self.problem_of_numbers())
    }

    fn problem_of_names(&self) -> Option<String> {
        for (i, column) in self.column.iter().enumerate() {
            if self.column[..i].iter().any(|before| before.name == column.name) {
                return Some(format!("列“{}”定义了两次", column.name));
            }
            if column.left().is_empty() || column.right().is_empty() {
                return Some(format!("列“{}”的 from 是空的", column.name));
            }
        }
        for (i, compare) in self.compare.iter().enumerate() {
            if compare.levels.is_empty() {
                return Some(format!("比较“{}”没有任何级别（levels）", compare.column));
            }
            if compare.levels.len() > engines::linking::field::LEVELS_MAX - 1 {
                return Some(format!(
                    "比较“{}”的级别太多，最多 {} 级",
                    compare.column,
                    engines::linking::field::LEVELS_MAX - 1
                ));
            }
            if self.compare[..i]
                .iter()
                .any(|before| before.column == compare.column)
            {
                return Some(format!(
                    "列“{}”比较了两次；请把级别写在同一个 [[compare]] 里，否则证据会算两遍",
                    compare.column
                ));
            }
        }
        let is_compared = |name: &String| self.compare.iter().any(|compare| compare.column == *name);
        for (i, swap) in self.swap.iter().enumerate() {
            if let Some(name) = swap.columns.iter().find(|name| !is_compared(name)) {
                return Some(format!("[[swap]] 里的列“{name}”没有 [[compare]]"));
            }
            let used = |name: &String| self.swap[..i].iter().any(|before| before.columns.contains(name));
            if swap.columns[0] == swap.columns[1] || swap.columns.iter().any(used) {
                return Some("一列只能在一个 [[swap]] 里出现一次".into());
            }
        }
        let entries = self.compare.len() + self.swap.len();
        let most = engines::linking::field::FIELDS_MAX;
        (entries > most).then(|| format!("比较的列太多（{entries}），最多 {most}"))
    }

    fn problem_of_numbers(&self) -> Option<String> {
        let share_is_wrong = |c: &&CompareSpec| !(0.0..=1.0).contains(&c.term_frequency.share());
        if let Some(compare) = self.compare.iter().find(share_is_wrong) {
            return Some(format!(
                "比较“{}”的 term_frequency 要在 0 到 1 之间",
                compare.column
            ));
        }
        if !(self.output.threshold > 0.0 && self.output.threshold < 1.0) {
            return Some(format!(
                "threshold = {}：要大于 0 且小于 1",
                self.output.threshold
            ));
        }
        if self.training.sample < 1000 || self.training.sample > 100_000_000 {
            return Some("training.sample 要在 1000 到 100000000 之间".into());
        }
        if self.training.rounds == 0 || self.training.rounds > 10_000 {
            return Some("training.rounds 要在 1 到 10000 之间".into());
        }
        if self.training.matches.is_some_and(|n| !(n.is_finite() && n > 0.0)) {
            return Some("training.matches 要大于 0".into());
        }
        let label = self.encoding.as_deref().unwrap_or("utf-8");
        if encoding_rs::Encoding::for_label(label.as_bytes()).is_none() {
            return Some(format!(
                "不认识的字符集 encoding = “{label}”；可写 utf-8、gb18030、big5、windows-1252 等"
            ));
        }
        (self.max_pairs == 0).then(|| "max_pairs 要大于 0".into())
    }
}

/// The parser's own words in the language of our messages.
fn in_chinese(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (field, known) = rest.split_once('`').unwrap_or((rest, ""));
        let known = known.split('`').skip(1).step_by(2).collect::<Vec<_>>().join("、");
        return format!("不认识的键“{field}”；这里可用：{known}");
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (value, known) = rest.split_once('`').unwrap_or((rest, ""));
        let known = known.split('`').skip(1).step_by(2).collect::<Vec<_>>().join("、");
        return format!("不认识的值“{value}”；可用：{known}");
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        return format!("缺少键“{}”", rest.trim_end_matches('`'));
    }
    let wrong_value = message
        .strip_prefix("invalid type: ")
        .or(message.strip_prefix("invalid value: "));
    if let Some(rest) = wrong_value {
        let rest = rest.replace('`', "").replace(", expected ", "，应为 ");
        return format!("值的类型或范围不对（{rest}）");
    }
    if message.is_ascii() {
        return format!("不是正确的 TOML（{message}）");
    }
    message.to_owned()
}
