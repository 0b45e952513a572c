//! The export on paper: a roll (名册) of the rows, or the form (登记表) of one record with what stands beside its row in the register.

use codes::time::Day;
use domain::consent::Purpose;
use domain::dictionary::{Element, ValueType};
use domain::intake::Kind;
use domain::scope::UnionPath;
use domain::union_org::term::{Body, Post};
use office::pdf::{Field, Imprint, ListPaper, Part, SheetPaper};
use store::exchange::ExportRow;
use uuid::Uuid;

use super::{Form, PAPER_COLUMNS_MAX, PAPER_ROWS_MAX, RegisterExport, chosen};
use crate::error::AppError;
use crate::export::out::Paper;
use crate::membership::standing;
use crate::op::{App, OpContext};
use crate::union_org::{self, legal, term};

/// Refuses what no paper takes, before anything is made: rows, columns, and a machine without a Chinese font.
///
/// # Errors
/// `EXP-401` with the field, `PDF-503` without a font.
pub(super) async fn fits(
    app: &App,
    kind: Kind,
    asked: &RegisterExport,
    form: Form,
    rows: i64,
) -> Result<(), AppError> {
    if !form.is_paper() {
        return Ok(());
    }
    let wrong = |field, words: String| AppError::invalid("EXP-401", "没有导出").field(field, words);
    if rows > PAPER_ROWS_MAX {
        return Err(wrong(
            "format",
            format!(
                "PDF 一次最多打印 {PAPER_ROWS_MAX} 行，现在有 {rows} 行：请缩小筛选范围，或改用 Excel、CSV"
            ),
        ));
    }
    let columns = chosen(kind, asked).len();
    if form == Form::Pdf && columns > PAPER_COLUMNS_MAX {
        return Err(wrong(
            "columns",
            format!(
                "PDF 一行最多放得下 {PAPER_COLUMNS_MAX} 列，现在选了 {columns} 列：请少选几列，或改用 Excel、CSV"
            ),
        ));
    }
    let fonts = app.fonts.clone();
    tokio::task::spawn_blocking(move || fonts.check())
        .await
        .map_err(AppError::internal)?
        .map_err(AppError::from)
}

/// What an export on paper shows besides the cells of its rows.
pub(super) struct Beside {
    /// Whose paper it is.
    organisation: String,
    /// Parts of a form below the dictionary's elements.
    parts: Vec<Part>,
    /// Whose form it is, with the union's place.
    pub person: Option<(Uuid, Option<UnionPath>)>,
}

/// Gathers it. Nothing for a file that is no paper.
pub(super) async fn beside(
    op: &OpContext,
    app: &App,
    kind: Kind,
    asked: &RegisterExport,
    form: Form,
) -> Result<Option<Beside>, AppError> {
    Ok(match (form, kind) {
        (Form::Xlsx | Form::Csv, _) => None,
        (Form::Pdf, _) => Some(Beside {
            organisation: organisation(op, app, asked).await?,
            parts: Vec::new(),
            person: None,
        }),
        (Form::Sheet, Kind::Unions) => Some(beside_union(op, app, asked).await?),
        (Form::Sheet, _) => Some(beside_member(op, app, asked).await?),
    })
}

/// Whose roll it is: the union whose members or branches it lists, else that of whoever prints it.
async fn organisation(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<String, AppError> {
    let mut reader = app.store.read().await?;
    for key in [&asked.union_id, &asked.parent_id, &asked.industry_id] {
        if !key.is_empty()
            && let Ok((union, _)) = union_org::union_in_sight(op, &mut reader, key).await
        {
            return Ok(union.name);
        }
    }
    let own = match op.actor.union_id {
        Some(id) => reader.union_by_row(id.uuid()).await?,
        None => None,
    };
    Ok(own.map(|union| union.name).unwrap_or_default())
}

fn field(label: &str, value: impl Into<String>) -> Field {
    Field {
        label: label.to_owned(),
        value: value.into(),
        is_wide: false,
    }
}

fn wide(label: &str, value: impl Into<String>) -> Field {
    Field {
        is_wide: true,
        ..field(label, value)
    }
}

fn day(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

async fn beside_member(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<Beside, AppError> {
    let mut tx = app.store.begin().await?;
    let row = tx.member_row(&asked.key).await?.ok_or_else(AppError::no_member)?;
    let union = tx
        .union_by_row(row.union_org_id)
        .await?
        .ok_or_else(AppError::no_member)?;
    let path = tx.path_of_union(row.union_org_id).await?;
    if !op.sees(path.as_ref()) {
        return Err(AppError::no_member());
    }
    let stands = standing::standing_of(&mut tx, &row).await?;
    let events = standing::timeline(&mut tx, &row).await?;
    drop(tx);
    let rows = events.iter().rev().map(|event| {
        let on = event
            .on
            .map_or_else(|| "日期不详".to_owned(), |day| day.to_string());
        vec![on, event.what.to_owned(), event.details.join("；")]
    });
    Ok(Beside {
        parts: vec![
            Part::Fields(vec![
                wide("所在工会", format!("{}（{}）", union.name, union.union_id)),
                field("会籍", stands.state.label()),
                field("自何日起", day(stands.since)),
            ]),
            Part::Table {
                head: "会籍经过".to_owned(),
                heads: ["日期", "事项", "说明"].map(str::to_owned).into(),
                widths: vec![2, 2, 6],
                rows: rows.collect(),
                empty: "没有记录。".to_owned(),
            },
            Part::Seals(vec![
                ("本人签字".to_owned(), String::new()),
                ("基层工会意见".to_owned(), "（盖章处）".to_owned()),
            ]),
        ],
        organisation: union.name,
        person: Some((row.id, path)),
    })
}

async fn beside_union(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<Beside, AppError> {
    let key = &asked.key;
    let union = union_org::union_org(op, app, key).await?;
    let legal = legal::legal(op, app, key).await?;
    let committees = term::committees(op, app, key).await?;
    let mut officers = committees.officers;
    let mut legal_rep = legal
        .certificate
        .as_ref()
        .map(|certificate| certificate.legal_rep.clone());
    if asked.is_plain {
        let mut reader = app.store.read().await?;
        officers = reader.officers_of(union.id.uuid()).await?;
        let held = reader.legal_of(union.id.uuid()).await?;
        legal_rep = held.and_then(|held| held.legal_rep);
    }
    officers.retain(|officer| officer.ended_on.is_none());
    let rows = officers.into_iter().map(|officer| {
        let body = Body::from_code(&officer.body);
        let post = Post::from_code(&officer.post);
        vec![
            body.map_or(officer.body, |body| body.label().to_owned()),
            match (post, body) {
                (Some(post), Some(body)) => post.label(body).to_owned(),
                _ => officer.post,
            },
            officer.name,
            if officer.is_full_time { "专职" } else { "兼职" }.to_owned(),
            Day::from(officer.started_on).to_string(),
        ]
    });
    let above = union.ancestors.last().map(|(name, _)| name.clone());
    let certificate = legal.certificate.as_ref();
    let mut first = vec![
        wide("上级工会", above.unwrap_or_default()),
        wide("加挂牌子", union.plates.join("、")),
    ];
    if let Some((name, _)) = &union.industry {
        first.push(wide("所属产业工会", name.clone()));
    }
    if let Some((name, _)) = &union.zone {
        first.push(wide("片区", name.clone()));
    }
    first.extend([
        field("在册会员", format!("{} 人", union.member_count)),
        field("覆盖单位", format!("{} 家", union.covers.len())),
        field(
            "法人资格",
            legal
                .state
                .map(|state| state.label().to_owned())
                .unwrap_or_default(),
        ),
        field(
            "证书编号",
            certificate.map(|one| one.number.clone()).unwrap_or_default(),
        ),
        field("法定代表人", legal_rep.unwrap_or_default()),
        field(
            "证书有效期",
            certificate
                .map(|one| format!("{} 至 {}", one.valid_from, one.valid_to))
                .unwrap_or_default(),
        ),
    ]);
    Ok(Beside {
        parts: vec![
            Part::Fields(first),
            Part::Table {
                head: "委员会成员".to_owned(),
                heads: ["委员会", "职务", "姓名", "专兼职", "任职日期"]
                    .map(str::to_owned)
                    .into(),
                widths: vec![5, 3, 4, 2, 3],
                rows: rows.collect(),
                empty: "没有登记委员会成员。".to_owned(),
            },
            Part::Seals(vec![
                ("填报工会".to_owned(), "（盖章处）".to_owned()),
                ("上级工会意见".to_owned(), "（盖章处）".to_owned()),
            ]),
        ],
        organisation: union.name,
        person: None,
    })
}

/// The paper before its rows. `total` is how many rows it has.
pub(super) fn begin(
    op: &OpContext,
    kind: Kind,
    asked: &RegisterExport,
    beside: Beside,
    row: &ExportRow,
    printed: String,
    total: i64,
) -> Paper {
    let columns = chosen(kind, asked);
    let number = format!("第 {} 号", row.export_no);
    let mut notes = vec!["“—”表示没有登记。".to_owned()];
    if !asked.is_plain {
        notes.push("姓名、证件号码、电话等个人信息已按数据字典脱敏，打星号的不是原值。".to_owned());
    }
    let imprint = |title: &str, about: String| Imprint {
        organisation: beside.organisation.clone(),
        title: title.to_owned(),
        about,
        printed,
        notes,
    };
    if Form::from_name(&asked.format) == Some(Form::Sheet) {
        let key = match kind {
            Kind::Unions => "工会标识",
            _ => "会员标识",
        };
        let own = columns.iter().map(|(_, element)| Field {
            label: element.zh.clone(),
            value: String::new(),
            is_wide: is_wide(element),
        });
        let parts = std::iter::once(Part::Fields(own.collect())).chain(beside.parts.iter().cloned());
        return Paper::Sheet(SheetPaper {
            imprint: imprint(title(kind, Form::Sheet), format!("{key}：{}", asked.key)),
            parts: parts.collect(),
        });
    }
    let unit = match kind {
        Kind::Unions => "家",
        _ => "人",
    };
    let about = format!("共 {total} {unit} · {} · {number}", op.today());
    Paper::List(ListPaper {
        imprint: imprint(title(kind, Form::Pdf), about),
        heads: columns.iter().map(|(_, element)| element.zh.clone()).collect(),
        rows: Vec::new(),
    })
}

/// What the paper, or the file, is called.
pub(super) fn title(kind: Kind, form: Form) -> &'static str {
    match (form, kind) {
        (Form::Sheet, Kind::Unions) => "工会组织登记表",
        (Form::Sheet, _) => "会员登记表",
        (Form::Pdf, Kind::Unions) => "工会名册",
        (Form::Pdf, _) => "会员名册",
        (Form::Xlsx | Form::Csv, kind) => kind.label(),
    }
}

/// Names of firms, addresses and other free words have the line to themselves.
fn is_wide(element: &Element) -> bool {
    matches!(
        element.value_type,
        ValueType::Text | ValueType::CompanyName | ValueType::UnionName
    )
}

/// For which purpose, in the words of the foot line.
pub(super) fn purpose_words(asked: &RegisterExport, left_out: Option<i64>) -> String {
    let label = Purpose::from_code(&asked.purpose).map(Purpose::label);
    match (label, left_out) {
        (Some(label), Some(count)) if count > 0 => {
            format!("（{label}；{}）", crate::consent::left_out_words(count))
        }
        (Some(label), _) => format!("（{label}）"),
        (None, _) => String::new(),
    }
}

/// Of one member: the filter of a form.
pub(super) fn only(asked: &RegisterExport) -> Option<Vec<String>> {
    (!asked.key.is_empty()).then(|| vec![asked.key.clone()])
}
