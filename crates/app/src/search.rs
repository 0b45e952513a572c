//! Search for members (检索会员): by name, pinyin, initials, whole number, or the last four digits of a number together with a
//! name or a union. What was typed reaches no address and no log; that somebody looked goes to the journal.
//!
//! The last four digits have no index: those of the name or of the union are opened in memory and compared, so the store holds
//! nothing that tells numbers with equal ends apart from others ([decision 27](../../../docs/decisions/0027-search.md)).

use std::collections::HashSet;
use std::time::Duration;

use codes::text::{person_name, typed_reading};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde_json::{Value, json};
use store::list_query::Window;
use store::search::{MemberHit, NameSought};
use store::union_org::UnionFilter;
use uuid::Uuid;

use crate::error::{AppError, ErrorKind};
use crate::job::{self, JobContext};
use crate::membership::{self, MemberLine};
use crate::op::{App, OpContext};
use crate::pace::is_too_often;

/// Members that one search shows.
pub const SHOWN: usize = 20;
/// Members whose numbers one search opens to compare their last digits.
const OPENED_MAX: usize = 5_000;
/// Members of the unions that a search names, looked through at most.
const OF_UNIONS_MAX: usize = 20_000;
/// Unions that a word beside a name may mean.
const UNIONS_MAX: i64 = 200;
/// Longest text that is looked for, in characters.
const TYPED_MAX: usize = 100;

/// What somebody typed, as it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ask {
    /// Nothing that could be a person.
    Nobody,
    /// A whole number of a document or a phone, perhaps.
    Number(String),
    /// A name, a union beside it, the last four characters of a number.
    Name {
        name: String,
        union: Option<String>,
        tail: Option<String>,
    },
}

/// Members that a search found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PeopleFound {
    /// How the text was understood: 姓名, 拼音或首字母, 证件号码 …; empty when it can be no person.
    pub by: String,
    /// The nearest first, at most [`SHOWN`]; of one whole number fifty.
    pub lines: Vec<MemberLine>,
    /// Whether there are more than are shown.
    pub has_more: bool,
    /// What the asker must know to trust the answer, or to get a better one.
    pub notes: Vec<String>,
}

/// Searches with digits of a number, and forms in which somebody's covered values are typed, that one person has in a minute: enough for
/// whoever stands at a counter, too few to try what a mask hides.
const DIGITS_A_MINUTE: u32 = 20;

/// Counts a search with digits of a number, or a form whose answer tells as much.
///
/// # Errors
/// `SCH-429` when it is one too many.
pub(crate) fn digits_paced(op: &OpContext, app: &App) -> Result<(), AppError> {
    if !is_too_often(&app.paces.digits, op, DIGITS_A_MINUTE) {
        return Ok(());
    }
    let words = format!(
        "按号码或号码后四位检索、提交填有证件号码等遮盖内容的表单，一分钟内合计不超过 {DIGITS_A_MINUTE} 次"
    );
    Err(AppError::forbidden("SCH-429", words).hint("请过一分钟再试；成批办理、核对请用“上传并核对”"))
}

/// Members in the asker's sight for what was typed in the search box. 检索会员
///
/// # Errors
/// `SCH-101` when the text is too long, `SCH-429` when digits are looked for too often.
pub async fn people(op: &OpContext, app: &App, typed: &str) -> Result<PeopleFound, AppError> {
    op.may(Action::SeeMembers)?;
    if typed.chars().count() > TYPED_MAX {
        return Err(AppError::invalid("SCH-101", "检索内容太长，最多 100 个字"));
    }
    match understood(typed) {
        Ask::Nobody => Ok(PeopleFound::default()),
        Ask::Number(number) => by_number(op, app, &number).await,
        Ask::Name { name, union, tail } => {
            if tail.is_some() {
                digits_paced(op, app)?;
            }
            let found = by_name(op, app, &name, union.as_deref(), tail.as_deref()).await?;
            journal_search(op, app, &found, tail.as_deref()).await?;
            Ok(found.shown(app))
        }
    }
}

/// Reads the search box. Words are parted by blanks or commas; three digits and a digit or X are the end of a number.
fn understood(typed: &str) -> Ask {
    let typed: String = typed.chars().map(codes::text::half_width).collect();
    let typed = typed.trim();
    let whole: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    // Four digits behind letters are the end of a number beside a name in letters or in pinyin.
    let digits = whole.bytes().filter(u8::is_ascii_digit).count();
    if digits > 4 && whole.is_ascii() && whole.len() > 6 {
        return Ask::Number(typed.to_owned());
    }
    let mut tail = None;
    let mut words: Vec<String> = Vec::new();
    for word in typed
        .split([' ', '\t', ',', '，', '、', ';', '；'])
        .filter(|word| !word.is_empty())
    {
        let cut = word.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        let (head, end) = word.split_at(cut);
        if tail.is_none() && is_tail(end) && !head.ends_with(|c: char| c.is_ascii_digit()) {
            tail = Some(end.to_ascii_uppercase());
            if !head.is_empty() {
                words.push(head.to_owned());
            }
        } else {
            words.push(word.to_owned());
        }
    }
    // Pinyin is often typed with blanks between the syllables.
    if words.len() > 1 && words.iter().all(|word| typed_reading(word).is_some()) {
        words = vec![words.concat()];
    }
    // A name in letters has blanks of its own; unions are called in Chinese.
    if words.len() > 1 && !words.iter().any(|word| word.contains(is_chinese)) {
        words = vec![words.join(" ")];
    }
    let mut words = words.into_iter();
    let Some(name) = words.next() else {
        return Ask::Nobody;
    };
    let union: String = words.collect();
    Ask::Name {
        name,
        union: (!union.is_empty()).then_some(union),
        tail,
    }
}

fn is_chinese(c: char) -> bool {
    c >= '\u{2e80}'
}

fn is_tail(word: &str) -> bool {
    let (digits, last) = match word.as_bytes() {
        [a, b, c, last] => ([a, b, c], last),
        _ => return false,
    };
    digits.iter().all(|byte| byte.is_ascii_digit()) && (last.is_ascii_digit() || matches!(last, b'x' | b'X'))
}

async fn by_number(op: &OpContext, app: &App, number: &str) -> Result<PeopleFound, AppError> {
    match membership::find(op, app, number).await {
        Ok(found) => Ok(PeopleFound {
            by: format!("{} {}", found.what, found.masked),
            lines: found.lines,
            ..PeopleFound::default()
        }),
        // It may be the code of a union or an employer.
        Err(error) if error.kind == ErrorKind::Invalid => Ok(PeopleFound::default()),
        Err(error) => Err(error),
    }
}

/// Members before anything of them is shown.
struct Hits {
    by: String,
    rows: Vec<MemberHit>,
    has_more: bool,
    notes: Vec<String>,
}

impl Hits {
    fn shown(self, app: &App) -> PeopleFound {
        PeopleFound {
            by: self.by,
            lines: self
                .rows
                .into_iter()
                .map(|row| membership::line(app, row))
                .collect(),
            has_more: self.has_more,
            notes: self.notes,
        }
    }
}

async fn by_name(
    op: &OpContext,
    app: &App,
    name: &str,
    union: Option<&str>,
    tail: Option<&str>,
) -> Result<Hits, AppError> {
    let sought = match typed_reading(name) {
        Some(reading) => NameSought::Read(reading),
        None => NameSought::Written(person_name(name)),
    };
    let mut hits = Hits {
        by: match (&sought, tail) {
            (NameSought::Read(_), None) => "拼音或首字母".to_owned(),
            (NameSought::Written(_), None) => "姓名".to_owned(),
            (NameSought::Read(_), Some(_)) => "拼音或首字母，加号码后四位".to_owned(),
            (NameSought::Written(_), Some(_)) => "姓名或工会，加号码后四位".to_owned(),
        },
        rows: Vec::new(),
        has_more: false,
        notes: Vec::new(),
    };
    if matches!(&sought, NameSought::Read(reading) if reading.len() < 2) {
        hits.notes.push("拼音或首字母请至少输入两个字母".to_owned());
        return Ok(hits);
    }
    let mut reader = app.store.read().await?;
    if let Some(done) = reader.names_indexed().await?
        && reader.searches_by_keys(op.scope()).await?
    {
        let all = reader.member_count().await?;
        hits.notes.push(format!(
            "姓名检索索引正在建立（{done} / {all}）：按拼音、首字母还查不全；按姓名开头和完整号码不受影响"
        ));
    }
    // How many are looked through before the last digits decide.
    let looked = if tail.is_some() { OPENED_MAX } else { SHOWN };
    let mut rows = match union {
        Some(union) => match of_unions(op, app, union, &mut hits.notes).await? {
            Some(rows) => rows.into_iter().filter(|row| sought.holds(&row.name)).collect(),
            None => return Ok(hits),
        },
        None => {
            let mut rows = reader
                .members_named(op.scope(), &sought, looked as i64 + 1)
                .await?;
            if rows.len() > looked && tail.is_some() {
                hits.notes.push(format!(
                    "同名的会员超过 {looked} 人，没有全部比对号码后四位：请写全姓名，或再加上工会名称"
                ));
                return Ok(hits);
            }
            let left = (looked + 1).saturating_sub(rows.len());
            let given = reader
                .members_by_given_name(op.scope(), &sought, left as i64)
                .await?;
            if tail.is_some() && rows.len() + given.len() > looked {
                hits.notes.push(format!(
                    "名字（不含姓）这样的会员太多，号码后四位只比对了姓名这样开头的 {} 人：其余的请写上姓",
                    rows.len()
                ));
            } else {
                let known: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
                rows.extend(given.into_iter().filter(|row| !known.contains(&row.id)));
            }
            // 后四位 beside one Chinese word: the word may be a union as well.
            if tail.is_some() && matches!(sought, NameSought::Written(_)) && name.chars().count() > 1 {
                let mut notes = Vec::new();
                let of_union = of_unions(op, app, name, &mut notes).await?.unwrap_or_default();
                let known: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
                rows.extend(of_union.into_iter().filter(|row| !known.contains(&row.id)));
                hits.notes.extend(notes);
            }
            rows
        }
    };
    if let Some(tail) = tail {
        rows.retain(|row| ends_so(app, row, tail));
    }
    // Names that begin so before given names, then by the length of the name, which its mask shows as well: the nearest first, and the
    // order tells nothing of what is covered.
    rows.sort_by_cached_key(|row| {
        let length = row.name.chars().count();
        (
            !sought.begins(&row.name),
            length,
            row.union_id.clone(),
            row.member_id.clone(),
        )
    });
    hits.has_more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    hits.rows = rows;
    Ok(hits)
}

/// The members of the unions in sight whose name holds a text; `None`, with a note, when that is too many or no union.
async fn of_unions(
    op: &OpContext,
    app: &App,
    text: &str,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<MemberHit>>, AppError> {
    let mut reader = app.store.read().await?;
    let filter = UnionFilter {
        text: Some(codes::text::normalise(text)),
        ..UnionFilter::default()
    };
    let (unions, found) = reader
        .union_list(op.scope(), &filter, Window::First(UNIONS_MAX + 1))
        .await?;
    if unions.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let members: i64 = unions.iter().map(|union| union.member_count).sum();
    if found > UNIONS_MAX || members > OF_UNIONS_MAX as i64 {
        let count = match found > UNIONS_MAX {
            true => format!("超过 {UNIONS_MAX}"),
            false => format!("有 {found}"),
        };
        notes.push(format!(
            "名称符合的工会{count} 家，会员太多，没有逐个比对：请把工会名称写得更完整"
        ));
        return Ok(None);
    }
    let keys: Vec<String> = unions.into_iter().map(|union| union.union_id).collect();
    let rows = reader
        .members_of_unions(op.scope(), &keys, OF_UNIONS_MAX as i64 + 1)
        .await?;
    Ok(Some(rows))
}

/// Whether the document number or the phone ends so. What does not open is not found; its own page says that it does not open.
fn ends_so(app: &App, row: &MemberHit, tail: &str) -> bool {
    [("id_no", &row.id_sealed), ("phone", &row.phone_sealed)]
        .into_iter()
        .filter_map(|(column, sealed)| {
            let sealed = sealed.as_deref()?;
            app.keys.open("member", column, row.id.as_bytes(), sealed).ok()
        })
        .any(|plain| plain.to_ascii_uppercase().ends_with(tail))
}

/// One entry for the asker; with digits of a number one for everybody they found. Never the text itself.
async fn journal_search(op: &OpContext, app: &App, hits: &Hits, tail: Option<&str>) -> Result<(), AppError> {
    let entry = |kind, id, words: String| JournalEntry {
        after: Some(json!({ "column": "name", "words": words })),
        ..JournalEntry::new(JournalAction::MemberSought, kind, id)
    };
    let mut tx = app.store.begin().await?;
    if tail.is_some() {
        for row in &hits.rows {
            let path = tx.union_row(&row.union_id).await?.and_then(|union| union.path);
            let found = JournalEntry {
                path: path.and_then(|path| domain::scope::UnionPath::parse(&path).ok()),
                ..entry(SubjectKind::Member, row.id, format!("按{}检索", hits.by))
            };
            tx.journal(&op.by(), found).await?;
        }
    }
    let more = if hits.has_more { " 以上" } else { "" };
    let words = format!("按{}检索，显示 {} 人{more}", hits.by, hits.rows.len());
    let asker = op.actor.id.map_or(Uuid::nil(), |id| id.uuid());
    tx.journal(&op.by(), entry(SubjectKind::Account, asker, words))
        .await?;
    Ok(tx.commit().await?)
}

/// The kind of job that makes search keys.
pub const JOB: &str = "search-index";
/// Names whose keys one transaction makes.
const NAMES_A_STEP: i64 = 5_000;
/// Between two of these, so that other writers have their turn.
const STEP_PAUSE: Duration = Duration::from_millis(20);

/// Makes this process able to make search keys.
pub fn register(app: &App) {
    app.jobs.register(JOB, |context: JobContext| async move {
        let progress = context.reporter();
        make_index(&context.app, &progress).await
    });
}

/// Makes the keys of names that were there before keys were kept, goes on where it was interrupted, and takes away keys of names
/// that nobody has any more. 整理检索索引
///
/// # Errors
/// The store refuses, or somebody asked to stop; what is done stays done.
pub async fn make_index(app: &App, progress: &crate::progress::Progress) -> Result<Value, AppError> {
    loop {
        let (done, all) = {
            let mut reader = app.store.read().await?;
            (reader.names_indexed().await?, reader.member_count().await?)
        };
        let Some(done) = done else { break };
        progress("建立姓名检索索引", done as u64, all as u64)?;
        let mut tx = app.store.begin().await?;
        let is_more = tx.index_names_further(NAMES_A_STEP, app.now()).await?;
        tx.commit().await?;
        if !is_more {
            break;
        }
        tokio::time::sleep(STEP_PAUSE).await;
    }
    progress("整理检索索引", 0, 0)?;
    let mut tx = app.store.begin().await?;
    let added = tx.write_org_keys().await?;
    let removed = tx.sweep_name_keys().await?;
    tx.commit().await?;
    Ok(json!({ "added_org_names": added, "removed": removed }))
}

/// Queues the making of keys where some are missing; the job runner asks at start and once a night.
///
/// # Errors
/// The store refuses.
pub async fn enqueue_if_needed(app: &App, is_night: bool) -> Result<bool, AppError> {
    if !app.jobs.knows(JOB) {
        return Ok(false);
    }
    let is_missing = {
        let mut reader = app.store.read().await?;
        reader.names_indexed().await?.is_some() || reader.lacks_org_keys().await?
    };
    let is_queued = {
        let ahead = app.store.read().await?.jobs_ahead().await?;
        ahead.iter().any(|job| job.kind == JOB)
    };
    if is_queued || !(is_missing || is_night) {
        return Ok(false);
    }
    let title = if is_missing {
        "建立姓名检索索引"
    } else {
        "整理检索索引（每夜）"
    };
    job::enqueue(&app.system(JOB), app, JOB, title, json!({})).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str, union: Option<&str>, tail: Option<&str>) -> Ask {
        Ask::Name {
            name: name.to_owned(),
            union: union.map(str::to_owned),
            tail: tail.map(str::to_owned),
        }
    }

    #[test]
    fn the_box_is_read_as_people_type() {
        for (typed, expected) in [
            ("", Ask::Nobody),
            ("  ", Ask::Nobody),
            ("1234", Ask::Nobody),
            ("王芳", name("王芳", None, None)),
            ("王芳 1234", name("王芳", None, Some("1234"))),
            ("王芳123x", name("王芳", None, Some("123X"))),
            ("１２３Ｘ　王芳", name("王芳", None, Some("123X"))),
            ("wang fang", name("wangfang", None, None)),
            ("wf 0021", name("wf", None, Some("0021"))),
            ("wang xiaoming 0021", name("wangxiaoming", None, Some("0021"))),
            ("E12345678", Ask::Number("E12345678".to_owned())),
            ("Mária Szabó-Nagy", name("Mária Szabó-Nagy", None, None)),
            ("J. R. O'Neil 0021", name("J. R. O'Neil", None, Some("0021"))),
            ("John 海天", name("John", Some("海天"), None)),
            ("王芳，海天塑机", name("王芳", Some("海天塑机"), None)),
            ("王芳 海天 1234", name("王芳", Some("海天"), Some("1234"))),
            ("138 5742 0001", Ask::Number("138 5742 0001".to_owned())),
            ("33022619900101000X", Ask::Number("33022619900101000X".to_owned())),
        ] {
            assert_eq!(understood(typed), expected, "{typed}");
        }
    }
}
