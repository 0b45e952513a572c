//! 数据元权限: who may change which element, and see which in full. Every way in asks [`expect`], or [`barred`] where what may not be
//! written is left out and told instead; what holds is decided in one place, [`ElementRights::may`].

use std::collections::BTreeMap;

use codes::text;
use codes::time::Timestamp;
use domain::accounts::{Role, shown_name};
use domain::dictionary::{Dictionary, Element};
use domain::element_right::{self, ElementRights, KINDS, Place, Right, Section, Standing, comes_with_record};
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use office::workbook::{Column, Sheet, Value, WorkbookWriter};
use serde_json::json;
use store::Reader;
use uuid::Uuid;

use crate::error::AppError;
use crate::export::Download;
use crate::op::{App, OpContext};

/// Code of the refusal of what is not the actor's to change or to see.
pub const NOT_YOURS: &str = "ELM-403";
/// Longest reason, in characters.
const WORDS_MAX: usize = 200;

/// Refuses unless the actor's role has the right on every one of these elements. Names what is refused, each with who may.
///
/// # Errors
/// `ELM-403` with a field for each element.
pub(crate) async fn expect(
    op: &OpContext,
    reader: &mut Reader,
    kind: Kind,
    right: Right,
    elements: &[&str],
) -> Result<(), AppError> {
    refuse(op, &reader.element_rights().await?, kind, right, elements)
}

/// [`expect`] of what is to be changed.
pub(crate) async fn expect_write(
    op: &OpContext,
    reader: &mut Reader,
    kind: Kind,
    elements: &[&str],
) -> Result<(), AppError> {
    expect(op, reader, kind, Right::Write, elements).await
}

/// The same of rights that were read before.
fn refuse(
    op: &OpContext,
    rights: &ElementRights,
    kind: Kind,
    right: Right,
    elements: &[&str],
) -> Result<(), AppError> {
    let mut refused: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut labels: Vec<&str> = Vec::new();
    for name in elements {
        if rights.may(op.role(), kind, name, right) {
            continue;
        }
        // A name that the dictionary does not have is nobody's to write.
        let element = Dictionary::shipped().element(kind, name);
        let (field, label) = element.map_or(("element", "不认识的项"), |one| {
            (one.name.as_str(), one.zh.as_str())
        });
        let words = format!(
            "您的角色（{}）不能{}{label}，{}",
            op.role().label(),
            right.label(),
            rights.who_may(kind, name, right)
        );
        if refused.insert(field, words).is_none() {
            labels.push(label);
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let message = format!(
        "您的角色（{}）不能{}：{}",
        op.role().label(),
        right.label(),
        labels.join("、")
    );
    let done = match right {
        Right::Write => "没有保存任何内容",
        Right::Reveal => "没有显示任何内容",
    };
    let error = AppError::forbidden(NOT_YOURS, format!("{message}；{done}"))
        .hint("请由有权的人办理；确需调整的，请安全管理员在“数据元权限”里设置");
    Err(refused
        .into_iter()
        .fold(error, |error, (field, words)| error.field(field, words)))
}

/// What the actor's role may not do with the elements of a kind: each name with who may, in words. Empty for the built-in account.
pub(crate) async fn barred(
    op: &OpContext,
    reader: &mut Reader,
    kind: Kind,
    right: Right,
) -> Result<Barred, AppError> {
    let rights = reader.element_rights().await?;
    let (key, _) = kind.key_columns();
    let all = Dictionary::shipped().of(kind).iter();
    let barred = all.filter(|element| {
        element.name != key
            && element_right::concerns(kind, element, right)
            && !rights.may(op.role(), kind, &element.name, right)
    });
    let barred = barred.map(|element| (element.name.as_str(), rights.who_may(kind, &element.name, right)));
    Ok(barred.collect())
}

/// Elements that somebody may not write, or see, each with who may.
pub type Barred = BTreeMap<&'static str, String>;

/// The columns of a file that whoever brings it may not write, each with the words that a report says beside the cell. They stay as they
/// are registered; of a new record, all but what it cannot do without.
pub(crate) async fn withheld(op: &OpContext, app: &App, kind: Kind) -> Result<Barred, AppError> {
    if kind.is_agency() {
        return Ok(Barred::new());
    }
    let barred = barred(op, &mut app.store.read().await?, kind, Right::Write).await?;
    let told = barred.into_iter().map(|(name, who)| {
        let words = format!(
            "您的角色（{}）不能修改这一列，没有采用，登记的内容不变；{who}",
            op.role().label()
        );
        (name, words)
    });
    Ok(told.collect())
}

/// Refuses what was typed of a new record and is neither needed for one nor the role's to write.
pub(crate) async fn expect_new(
    op: &OpContext,
    reader: &mut Reader,
    kind: Kind,
    elements: &[&str],
) -> Result<(), AppError> {
    let further = elements.iter().copied();
    let further: Vec<&str> = further.filter(|name| !comes_with_record(kind, name)).collect();
    expect_write(op, reader, kind, &further).await
}

/// What the actor may not write of a kind, for a form: a value that cannot be changed is shown as text, with who may.
///
/// # Errors
/// When the rights cannot be read.
pub async fn not_writable(op: &OpContext, app: &App, kind: Kind) -> Result<Barred, AppError> {
    barred(op, &mut app.store.read().await?, kind, Right::Write).await
}

/// What the actor may not see in full, for a page that would offer it.
///
/// # Errors
/// As [`not_writable`].
pub async fn not_revealable(op: &OpContext, app: &App, kind: Kind) -> Result<Barred, AppError> {
    barred(op, &mut app.store.read().await?, kind, Right::Reveal).await
}

/// The rights that hold now, for whoever may look at roles.
///
/// # Errors
/// `ACC-403` for others.
pub async fn element_rights(op: &OpContext, app: &App) -> Result<ElementRights, AppError> {
    op.may(Action::SeeAccounts)?;
    Ok(app.store.read().await?.element_rights().await?)
}

/// What the security administrator wants of one role and right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// For whom.
    pub role: Role,
    /// What for.
    pub right: Right,
    /// What is to hold; `None`: as the product ships it.
    pub is_allowed: Option<bool>,
}

/// An element of the matrix.
///
/// # Errors
/// `ELM-404` for one that has no rights.
pub fn governed_element(kind: Kind, name: &str) -> Result<&'static Element, AppError> {
    element_right::governed(kind)
        .find(|element| KINDS.contains(&kind) && element.name == name)
        .ok_or_else(|| AppError::not_found("ELM-404", "没有这一项数据元权限"))
}

/// Sets the rights on one element (设置数据元权限). They hold from everybody's next request. What comes to the same as shipped is no
/// deviation and is not kept as one. Answers whether anything is different.
///
/// # Errors
/// `ELM-404` for an element without rights; `ELM-420` without a reason, or for a role that has no function for it.
pub async fn set_element_rights(
    op: &OpContext,
    app: &App,
    (kind, name): (Kind, &str),
    wishes: &[Wish],
    words: &str,
) -> Result<bool, AppError> {
    op.may(Action::ManageSecurity)?;
    let element = governed_element(kind, name)?;
    let wrong = |field, text: &str| AppError::invalid("ELM-420", "数据元权限未保存").field(field, text);
    let words = text::visible(words);
    if !(2..=WORDS_MAX).contains(&words.chars().count()) {
        return Err(wrong("words", "请写明原因或依据（2–200 个字）"));
    }
    let mut tx = app.store.begin().await?;
    tx.lock_element_rights().await?;
    let before = tx.element_rights().await?;
    for wish in wishes {
        let standing = before.standing(wish.role, kind, name, wish.right);
        if standing == Standing::Closed {
            return Err(wrong("rights", "这个角色没有相应的功能，不能设置这一项权限"));
        }
        let shipped = element_right::by_default(wish.role, kind, element, wish.right);
        let place = Place {
            kind,
            element: name.to_owned(),
            role: wish.role,
            right: wish.right,
        };
        let wanted = wish.is_allowed.filter(|is_allowed| *is_allowed != shipped);
        let held = match &standing {
            Standing::Set(deviation) => Some(deviation.is_allowed),
            _ => None,
        };
        match wanted {
            same if same == held => {}
            Some(is_allowed) => {
                tx.set_element_right(&place, is_allowed, &op.signature(), op.now())
                    .await?
            }
            None => tx.unset_element_right(&place).await?,
        }
    }
    let after = tx.element_rights().await?;
    if before == after {
        return Ok(false);
    }
    let entry = JournalEntry::new(JournalAction::ElementRightSet, SubjectKind::Setting, Uuid::nil())
        .before(&json!({ "rights": told(&before, kind, element) }))
        .after(&json!({
            "kind": kind.name(),
            "column": element.zh,
            "rights": told(&after, kind, element),
            "words": words,
        }));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(true)
}

/// The rights on an element in words: who has them.
fn told(rights: &ElementRights, kind: Kind, element: &Element) -> String {
    let of = |right: Right| {
        let holders = rights.holders(kind, &element.name, right);
        let labels: Vec<&str> = holders.into_iter().map(Role::label).collect();
        let who = if labels.is_empty() {
            "没有角色".to_owned()
        } else {
            labels.join("、")
        };
        format!("{}：{who}", right.words(true))
    };
    let known = Right::ALL
        .into_iter()
        .filter(|right| element_right::concerns(kind, element, *right));
    known.map(of).collect::<Vec<_>>().join("；")
}

/// One line of the matrix as a table: a role's right on an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightLine {
    /// The kind of record.
    pub kind: Kind,
    /// The element.
    pub element: &'static Element,
    /// The role.
    pub role: Role,
    /// Write or reveal.
    pub right: Right,
    /// What holds.
    pub is_allowed: bool,
    /// What the product ships.
    pub is_shipped: bool,
    /// Who set it otherwise and when; the name masked.
    pub set: Option<(String, Timestamp)>,
}

/// Every right that can be set, kind by kind in the order of the dictionary.
pub fn lines(rights: &ElementRights) -> Vec<RightLine> {
    let mut lines = Vec::new();
    for kind in KINDS {
        for element in element_right::governed(kind) {
            for right in Right::ALL {
                for role in element_right::roles() {
                    let standing = rights.standing(role, kind, &element.name, right);
                    if standing == Standing::Closed {
                        continue;
                    }
                    lines.push(RightLine {
                        kind,
                        element,
                        role,
                        right,
                        is_allowed: standing.is_allowed(),
                        is_shipped: element_right::by_default(role, kind, element, right),
                        set: match standing {
                            Standing::Set(deviation) => {
                                Some((shown_name(&deviation.set_by), deviation.set_at))
                            }
                            _ => None,
                        },
                    });
                }
            }
        }
    }
    lines
}

/// The rights as a workbook, one line for each role's right on an element.
///
/// # Errors
/// As [`element_rights`]; a workbook that cannot be written.
pub async fn workbook(op: &OpContext, app: &App) -> Result<Download, AppError> {
    let rights = element_rights(op, app).await?;
    let text = |label: &str, width| Column::text(label, width);
    let sheet = Sheet {
        name: "数据元权限".to_owned(),
        title: Some(format!("数据元权限（{}）", op.now().to_minute())),
        columns: vec![
            text("种类", 14.0),
            text("登记途径", 16.0),
            text("数据元", 24.0),
            text("数据元名称", 20.0),
            text("角色", 16.0),
            text("权限", 14.0),
            text("现在", 16.0),
            text("默认", 16.0),
            text("调整人", 12.0),
            text("调整时间", 18.0),
        ],
        watermark: None,
    };
    let written = |error: office::OfficeError| AppError::internal(error.to_string());
    let mut book = WorkbookWriter::create(sheet).map_err(written)?;
    for line in lines(&rights) {
        let (by, at) = line
            .set
            .map_or_else(Default::default, |(by, at)| (by, at.to_minute()));
        let cells = [
            line.kind.label(),
            Section::of(line.kind, &line.element.name).label(),
            &line.element.zh,
            &line.element.name,
            line.role.label(),
            line.right.label(),
            line.right.words(line.is_allowed),
            line.right.words(line.is_shipped),
            &by,
            &at,
        ];
        book.row(&cells.map(Value::text)).map_err(written)?;
    }
    Ok(Download {
        file_name: format!("数据元权限-{}.xlsx", op.today()),
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        bytes: book.finish().map_err(written)?,
        made_at: op.now(),
    })
}
