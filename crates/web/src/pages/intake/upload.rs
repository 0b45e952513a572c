//! Taking a file: streamed to the data folder as it comes, then handed to the job queue.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use app::error::AppError;
use app::intake::{self, import_file};
use app::job::{self, JobContext};
use app::op::{App, OpContext};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use codes::id::JobId;
use codes::time::Timestamp;
use domain::intake::Kind;
use domain::permission::Action;
use serde_json::{Value, json};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;

use crate::http::{Fault, Person, Web};

/// Largest file taken by the page; larger ones go through `gonghui import` on the server itself.
pub(crate) const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// Files that a crash left behind are removed after this long; a queued job needs its file until then.
const LEFT_BEHIND: Duration = Duration::from_secs(48 * 3600);

pub(super) fn folder(app: &App) -> PathBuf {
    app.data_dir.join("uploads")
}

/// Teaches the job queue to import a file, and clears away what earlier crashes left.
pub fn register(app: &App) {
    clear(&folder(app), app.now());
    register_check(app);
    app.jobs.register("import", |context: JobContext| async move {
        let text = |name: &str| {
            context
                .job
                .arguments
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let path = PathBuf::from(text("path"));
        let kind = Kind::from_name(&text("kind")).ok_or_else(unknown_kind)?;
        let done = import_file(
            &context.op,
            &context.app,
            kind,
            &path,
            &text("file_name"),
            context.reporter(),
        )
        .await;
        if let Err(error) = fs::remove_file(&path).await {
            tracing::warn!(%error, "an uploaded file could not be removed");
        }
        let report = done?;
        if let Some(check_no) = context.job.arguments.get("check_no").and_then(Value::as_i64) {
            intake::finish_check(&context.app, check_no, report.batch_no).await?;
        }
        let words = super::result_of(&report);
        Ok(json!({ "href": format!("/intake/{}", report.batch_no), "words": "看这一批", "message": words }))
    });
}

/// Teaches the job queue to check a file.
fn register_check(app: &App) {
    app.jobs.register("check", |context: JobContext| async move {
        let arguments = &context.job.arguments;
        let text = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        let path = PathBuf::from(text("path"));
        let kind = Kind::from_name(text("kind")).ok_or_else(unknown_kind)?;
        let (name, progress) = (text("file_name"), context.reporter());
        let done = intake::check_file(&context.op, &context.app, kind, &path, name, progress).await;
        if let Err(error) = fs::remove_file(&path).await {
            tracing::warn!(%error, "an uploaded file could not be removed");
        }
        let report = done?;
        let words = super::check::words_of(&report);
        Ok(json!({ "href": format!("/intake/check/{}", report.check_no), "words": "看核对结果", "message": words }))
    });
}

fn clear(folder: &Path, now: Timestamp) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let made_at = |meta: std::fs::Metadata| meta.modified().ok()?.duration_since(UNIX_EPOCH).ok();
    for entry in entries.flatten() {
        let made = entry
            .metadata()
            .ok()
            .and_then(made_at)
            .and_then(|age| i64::try_from(age.as_millis()).ok());
        if made.is_some_and(|made| Timestamp(made).plus(LEFT_BEHIND) < now) {
            // Nothing depends on it: the next start tries again.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn unknown_kind() -> AppError {
    AppError::invalid("IMP-101", "请选择这是哪一类数据").field("kind", "请选择数据种类")
}

fn broken(error: MultipartError) -> AppError {
    tracing::info!(%error, "an upload broke off");
    AppError::invalid("IMP-102", "文件没有传完，什么也没有导入").hint("请检查网络后重新上传")
}

/// `POST /intake`.
pub async fn upload(State(web): State<Web>, person: Person, form: Multipart) -> Result<Response, Fault> {
    receive(&web, &person, form, "import").await
}

/// `POST /intake/check`.
pub async fn upload_to_check(
    State(web): State<Web>,
    person: Person,
    form: Multipart,
) -> Result<Response, Fault> {
    receive(&web, &person, form, "check").await
}

async fn receive(
    web: &Web,
    person: &Person,
    mut form: Multipart,
    what: &'static str,
) -> Result<Response, Fault> {
    person.op.may(Action::Import)?;
    let mut kind = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("kind") => kind = Kind::from_name(&field.text().await.map_err(broken)?),
            Some("file") => {
                let kind = kind.ok_or_else(unknown_kind)?;
                return take(web, person, kind, field, what).await;
            }
            _ => {}
        }
    }
    Err(AppError::invalid("IMP-103", "没有收到文件")
        .field("file", "请选择文件")
        .into())
}

async fn take(
    web: &Web,
    person: &Person,
    kind: Kind,
    mut field: Field<'_>,
    what: &'static str,
) -> Result<Response, Fault> {
    let mut upload = Upload::begin(&web.app, kind, field.file_name().unwrap_or_default()).await?;
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        upload.write(&chunk).await?;
    }
    let id = upload.enqueue(&person.op, &web.app, what).await?;
    Ok(Redirect::to(&format!("/job/{id}")).into_response())
}

/// A file on its way in, from a form or a program. Dropped before it is handed to the queue, it goes away.
pub(crate) struct Upload {
    kind: Kind,
    name: String,
    path: PathBuf,
    file: Option<File>,
    taken: u64,
}

impl Upload {
    /// An empty file in the private folder.
    pub async fn begin(app: &App, kind: Kind, name: &str) -> Result<Upload, AppError> {
        let name = file_name(name);
        let extension = Path::new(&name)
            .extension()
            .and_then(|text| text.to_str())
            .unwrap_or_default()
            .to_lowercase();
        if !matches!(extension.as_str(), "csv" | "xlsx" | "xls" | "parquet") {
            return Err(AppError::invalid("IMP-104", format!("不能读取“{name}”"))
                .hint("请上传 CSV、XLSX 或 Parquet 文件"));
        }
        let folder = folder(app);
        fs::create_dir_all(&folder)
            .await
            .map_err(|error| AppError::io("上传目录", error))?;
        let path = folder.join(format!("{}.{extension}", uuid::Uuid::now_v7()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&path).await.map_err(unwritable)?;
        Ok(Upload {
            kind,
            name,
            path,
            file: Some(file),
            taken: 0,
        })
    }

    /// Bytes taken so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes the next piece.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), AppError> {
        self.taken += chunk.len() as u64;
        if self.taken > MOST_BYTES {
            return Err(
                AppError::invalid("IMP-105", "文件超过 4 GB").hint("请在服务器上用 gonghui import 导入")
            );
        }
        match &mut self.file {
            Some(file) => file.write_all(chunk).await.map_err(unwritable),
            None => Ok(()),
        }
    }

    /// Hands the file to the job queue, for `what`: `import` or `check`. An empty file too: the import refuses it in the same words as the command does.
    pub async fn enqueue(mut self, op: &OpContext, app: &App, what: &'static str) -> Result<JobId, AppError> {
        if let Some(file) = &mut self.file {
            file.flush().await.map_err(unwritable)?;
        }
        let verb = if what == "check" { "核对" } else { "导入" };
        let title = format!("{verb}{}：{}", self.kind.label(), self.name);
        let arguments = json!({
            "kind": self.kind.name(), "path": self.path.to_string_lossy(), "file_name": self.name,
        });
        let id = job::enqueue(op, app, what, &title, arguments).await?;
        self.file = None;
        Ok(id)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // The half file is of no use; that it cannot be removed either is the clearing's matter.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn unwritable(error: std::io::Error) -> AppError {
    AppError::io("上传的文件", error)
}

/// Longest name kept, in characters; what says the kind of file stays at its end.
const NAME_MAX: usize = 120;

/// Signs that are not seen and make a name look like another: `名册\u{202e}vsc.exe` is shown as `名册exe.csv`.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The name a browser sent, without folders and without what is not seen, for the batch record only; it never becomes a path.
fn file_name(raw: &str) -> String {
    let last = raw.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: Vec<char> = last.chars().filter(|letter| !is_unseen(*letter)).collect();
    if clean.is_empty() {
        return "未命名".to_owned();
    }
    if clean.len() <= NAME_MAX {
        return clean.into_iter().collect();
    }
    let dot = clean.iter().rposition(|letter| *letter == '.');
    let end = dot.map_or(&[][..], |dot| &clean[dot..]);
    let end = if end.len() <= 10 { end } else { &[] };
    clean[..NAME_MAX - end.len()].iter().chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    /// The bad-input corpus (坏文件名): what a browser may send and what is kept of it, written as JSON writes it.
    const NAMES: &str = include_str!("../../../../app/tests/corpus/files/names.tsv");

    #[test]
    fn every_name_of_the_corpus_becomes_what_its_line_says() {
        for line in NAMES.lines().filter(|line| !line.starts_with('#')).skip(1) {
            let mut cells = line.split('\t').map(|cell| {
                serde_json::from_str::<String>(&format!("\"{}\"", cell.replace('"', "\\\""))).expect("a text")
            });
            let (sent, kept) = (cells.next().expect("sent"), cells.next().expect("kept"));
            assert_eq!(file_name(&sent), kept, "{line}");
        }
    }

    #[test]
    fn a_file_name_never_carries_a_folder() {
        assert_eq!(file_name("C:\\数据\\参保.csv"), "参保.csv");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name(""), "未命名");
        let long = format!("{}.csv", "a".repeat(251));
        let kept = file_name(&long);
        assert!(
            kept.ends_with("aaa.csv") && kept.chars().count() == super::NAME_MAX,
            "{kept}"
        );
    }
}
