//! 数据元权限: roles × elements beside roles × functions: who may change what, and see what in full; what ships, what was set otherwise.

pub mod view;

use app::element_right::{self, Wish, element_rights, governed_element, set_element_rights};
use app::error::{AppError, ErrorKind};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::text;
use domain::accounts::{Role, shown_name};
use domain::dictionary::Element;
use domain::element_right::{
    ElementRights, KINDS, Right, Section, Standing, by_default, concerns, governed, roles,
};
use domain::intake::Kind;
use domain::permission::Action;

use self::view::{Block, Choice, Line, MatrixPage, OnePage, Part, RightCell};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::pages::list_item::download;
use crate::ui::{Empty, Field, Flash, Here, Select, UrlQuery, number};

/// What a choice of the form says: as shipped, allowed, refused.
const CHOICES: [(&str, Option<bool>); 3] = [("", None), ("yes", Some(true)), ("no", Some(false))];

/// `GET /element-right`: the matrix.
pub async fn matrix(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let rights = element_rights(&person.op, &web.app).await?;
    let query = UrlQuery::read("/element-right", &query.unwrap_or_default());
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let kind = query.get("kind").and_then(Kind::from_name);
    let role = query.get("role").and_then(Role::from_code);
    let only_set = query.get("set") == Some("1");
    let q = text("q");
    let shown: Vec<Role> = roles()
        .filter(|one| role.is_none_or(|role| role == *one))
        .collect();
    let mut groups: Vec<Block> = Vec::new();
    for kind in KINDS
        .into_iter()
        .filter(|one| kind.is_none_or(|kind| kind == *one))
    {
        let mut of_kind: Vec<(Section, Block)> = Vec::new();
        for element in governed(kind).filter(|element| is_asked_for(element, &q)) {
            let line = line_of(&rights, &shown, kind, element);
            if only_set
                && !line
                    .cells
                    .iter()
                    .any(|cell| cell.parts.iter().any(|part| part.set.is_some()))
            {
                continue;
            }
            let section = Section::of(kind, &element.name);
            match of_kind.iter_mut().find(|(known, _)| *known == section) {
                Some((_, group)) => group.lines.push(line),
                None => {
                    let title = match section {
                        Section::Agency => format!("{}（部门数据，不在这里修改）", kind.label()),
                        _ => section.label().to_owned(),
                    };
                    let group = Block {
                        id: format!("h-{}-{}", kind.name(), of_kind.len()),
                        title,
                        lines: vec![line],
                    };
                    of_kind.push((section, group));
                }
            }
        }
        groups.extend(of_kind.into_iter().map(|(_, group)| group));
    }
    let select = |name, label, any, options| Select {
        name,
        label,
        any,
        value: text(name),
        options,
    };
    let set = rights.deviations().count();
    page(&MatrixPage {
        frame: person.frame(&web, "数据元权限", Here::Account).await?,
        summary: match set {
            0 => "全部按默认".to_owned(),
            set => format!("已调整 {} 处，其余按默认", number(set as i64)),
        },
        q,
        selects: vec![
            select(
                "kind",
                "种类",
                "全部种类",
                coded(KINDS.map(|kind| (kind.name(), kind.label()))),
            ),
            select(
                "role",
                "角色",
                "全部角色",
                coded(roles().map(|role| (role.code(), role.label()))),
            ),
            select(
                "set",
                "是否调整过",
                "默认的和调整过的",
                coded([("1", "只看调整过的")]),
            ),
        ],
        roles: shown.iter().map(|role| role.label()).collect(),
        groups,
        empty: Empty::no_match("/element-right"),
        can_set: person.can(Action::ManageSecurity),
    })
}

fn coded<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let pairs = pairs.into_iter();
    pairs
        .map(|(code, label)| (code.to_owned(), label.to_owned()))
        .collect()
}

fn is_asked_for(element: &Element, q: &str) -> bool {
    let plain = |words: &str| text::normalise(words).to_lowercase();
    let q = plain(q);
    [&element.name, &element.zh, &element.en]
        .into_iter()
        .any(|words| plain(words).contains(&q))
}

fn line_of(rights: &ElementRights, roles: &[Role], kind: Kind, element: &'static Element) -> Line {
    Line {
        label: element.zh.clone(),
        name: element.name.clone(),
        href: href_of(kind, element),
        rule: rule_of(element),
        cells: roles
            .iter()
            .map(|role| RightCell {
                role: role.label(),
                parts: Right::ALL
                    .into_iter()
                    .filter_map(|right| part_of(&rights.standing(*role, kind, &element.name, right), right))
                    .collect(),
            })
            .collect(),
    }
}

fn href_of(kind: Kind, element: &Element) -> String {
    format!("/element-right/{}/{}", kind.name(), element.name)
}

/// From which level on the product lets it be changed, in words; empty: by whoever has the function.
fn rule_of(element: &Element) -> String {
    element
        .changed_from
        .map_or_else(String::new, |least| format!("默认{}以上可改", least.label()))
}

fn part_of(standing: &Standing, right: Right) -> Option<Part> {
    let set = match standing {
        Standing::Closed => return None,
        Standing::Shipped(_) => None,
        Standing::Set(deviation) => Some(format!(
            "{} {} 调整",
            shown_name(&deviation.set_by),
            deviation.set_at.to_minute()
        )),
    };
    Some(Part {
        words: right.words(standing.is_allowed()),
        is_allowed: standing.is_allowed(),
        set,
    })
}

/// `GET /element-right/table`: the same as a workbook.
pub async fn table(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let file = element_right::workbook(&person.op, &web.app).await?;
    download(&file.file_name, file.content_type, file.bytes)
}

fn named(kind: &str, name: &str) -> Result<(Kind, &'static Element), AppError> {
    let kind = Kind::from_name(kind).ok_or_else(|| AppError::not_found("ELM-404", "没有这一项数据元权限"))?;
    Ok((kind, governed_element(kind, name)?))
}

/// The name of a role's field.
fn field_name(role: Role, right: Right) -> String {
    format!("{}.{}", right.code(), role.code())
}

/// `GET /element-right/{kind}/{element}`.
pub async fn form(
    State(web): State<Web>,
    person: Person,
    Path((kind, name)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (kind, element) = named(&kind, &name)?;
    show(&web, &person, kind, element, &Posted::default(), None).await
}

/// `POST /element-right/{kind}/{element}`.
pub async fn save(
    State(web): State<Web>,
    person: Person,
    Path((kind, name)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, Fault> {
    person.op.may(Action::ManageSecurity)?;
    let (kind, element) = named(&kind, &name)?;
    let fields: Vec<(Role, Right, String)> = roles()
        .flat_map(|role| Right::ALL.map(|right| (role, right, field_name(role, right))))
        .collect();
    form.only(|name| name == "words" || fields.iter().any(|(_, _, field)| field == name))?;
    let mut wishes = Vec::new();
    for (role, right, field) in &fields {
        let Some(said) = form.get(field) else { continue };
        let Some((_, is_allowed)) = CHOICES.into_iter().find(|(code, _)| *code == said) else {
            return Err(
                AppError::invalid("ELM-420", "数据元权限未保存：选择无法识别，请刷新页面后再试").into(),
            );
        };
        wishes.push(Wish {
            role: *role,
            right: *right,
            is_allowed,
        });
    }
    match set_element_rights(&person.op, &web.app, (kind, &name), &wishes, &form.text("words")).await {
        Ok(is_changed) => {
            let words = match is_changed {
                true => format!("“{}”的权限已保存，从各人下一次操作起生效。", element.zh),
                false => "与原来相同，没有变化。".to_owned(),
            };
            Ok(go(&href_of(kind, element), Flash::good(words)))
        }
        Err(error) if error.kind == ErrorKind::Invalid => {
            show(&web, &person, kind, element, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    web: &Web,
    person: &Person,
    kind: Kind,
    element: &'static Element,
    typed: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let rights = element_rights(&person.op, &web.app).await?;
    let can_set = person.can(Action::ManageSecurity);
    let known: Vec<Right> = Right::ALL
        .into_iter()
        .filter(|right| concerns(kind, element, *right))
        .collect();
    let choice = |role: Role, right: Right| {
        let standing = rights.standing(role, kind, &element.name, right);
        let part = part_of(&standing, right)?;
        let name = field_name(role, right);
        let held = match &standing {
            Standing::Set(deviation) if deviation.is_allowed => "yes",
            Standing::Set(_) => "no",
            _ => "",
        };
        let chosen = typed.get(&name).unwrap_or(held).to_owned();
        let shipped = right.words(by_default(role, kind, element, right));
        let label = |is_allowed: Option<bool>| match is_allowed {
            None => format!("按默认（{shipped}）"),
            Some(is_allowed) => right.words(is_allowed).to_owned(),
        };
        let options = CHOICES.map(|(code, is_allowed)| (code, label(is_allowed), code == chosen));
        Some(Choice {
            name,
            part,
            options: options.into(),
        })
    };
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            let fields = error.fields.iter();
            fields
                .map(|one| (one.field.to_owned(), one.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let mut facts = vec![
        ("种类", kind.label().to_owned()),
        ("登记途径", Section::of(kind, &element.name).label().to_owned()),
        ("要求", element.rule.clone()),
        ("敏感程度", element.sensitivity.label().to_owned()),
        (
            "默认",
            match element.changed_from {
                Some(least) => format!("{}以上可改", least.label()),
                None => "有相应功能的角色都可以".to_owned(),
            },
        ),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let mut response = page(&OnePage {
        frame: person
            .frame(web, "数据元权限", Here::Account)
            .await?
            .about(&element.zh),
        label: element.zh.clone(),
        name: element.name.clone(),
        action: href_of(kind, element),
        facts,
        heads: known.iter().map(|right| right.label()).collect(),
        rows: roles()
            .map(|role| {
                (
                    role.label(),
                    known.iter().map(|right| choice(role, *right)).collect::<Vec<_>>(),
                )
            })
            .filter(|(_, choices)| choices.iter().any(Option::is_some))
            .collect(),
        words: Field::text("words", "原因或依据", typed.text("words"))
            .longest(200)
            .wide()
            .errors(&wrong),
        wrong: error.map(|error| {
            let other = error.fields.iter().find(|one| one.field != "words");
            match other {
                Some(one) => format!("{}：{}", error.message, one.message),
                None => error.message.clone(),
            }
        }),
        can_set,
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
