//! Accounts to look at a demo city with every role. Only for made-up data: they share one password that is printed.

use codes::id::UnionOrgId;
use codes::union_name::{UnionName, UnionNameKind};
use domain::accounts::Role;
use domain::permission::Action;
use domain::zone::UNIONS_MAX;
use store::organising::GeneralUnion;

use crate::accounts::{FirstPassword, NewAccount, ReachForm, create_account};
use crate::error::{AppError, ErrorKind};
use crate::op::{App, OpContext};
use crate::zone::{self, ZoneForm};

/// The shared password of demo accounts.
pub const DEMO_PASSWORD: &str = "Yong-Demo-2026";

/// The town of the newspaper's story, which gets names that can be typed.
const STORY_COUNTY: &str = "宁海县";
const STORY_TOWN: &str = "西店镇";

/// Names of made-up people; both lists have a prime length, so that they pair anew in every town of a city.
const SURNAMES: [&str; 23] = [
    "陈", "林", "张", "徐", "胡", "俞", "葛", "邬", "娄", "叶", "鲍", "邵", "竺", "忻", "虞", "应", "励",
    "傅", "袁", "潘", "施", "章", "钱",
];
const GIVEN_NAMES: [&str; 17] = [
    "国平", "丽娟", "志强", "海燕", "文斌", "秀英", "建明", "静", "立波", "雪芬", "伟", "亚萍", "晓东", "敏",
    "松涛", "红梅", "宁",
];

/// One demo account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAccount {
    pub login: String,
    /// The role in words.
    pub role: &'static str,
    /// Its union's name; empty for the whole city.
    pub union: String,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoAccounts {
    pub accounts: Vec<DemoAccount>,
    pub password: &'static str,
}

/// Makes an account of every role, and an officer, a field worker and a first zone for every town of the register. Accounts and
/// zones that exist already are left as they are.
///
/// # Errors
/// `DEM-404` when the register has no 总工会: import the unions first.
pub async fn accounts(op: &OpContext, app: &App) -> Result<DemoAccounts, AppError> {
    op.may(Action::ManageAccounts)?;
    let mut reader = app.store.read().await?;
    let general = reader.general_unions().await?;
    let city = general
        .iter()
        .find(|union| union.county.is_none() && union.town.is_none())
        .or(general.first());
    let Some(city) = city else {
        return Err(
            AppError::not_found("DEM-404", "登记库中还没有总工会，不能开演示账号")
                .hint("请先导入工会组织：gonghui import 目录"),
        );
    };
    let mut wanted = vec![
        wish("city", "周建国", Role::CityOfficer, Some(city)),
        wish("auditor", "何静", Role::Auditor, Some(city)),
        wish("manager", "沈国平", Role::SecurityAdministrator, None),
        wish("operator", "方志强", Role::SystemAdministrator, None),
        wish("watcher", "袁敏", Role::SecurityAuditor, None),
    ];
    for union in general
        .iter()
        .filter(|union| union.county.is_some() && union.town.is_none())
    {
        let login = if union.name.contains(STORY_COUNTY) {
            "ninghai".to_owned()
        } else {
            place_login("c", union.county)
        };
        let name = made_up(wanted.len());
        wanted.push(wish(&login, &name, Role::CountyOfficer, Some(union)));
    }
    for union in general.iter().filter(|union| union.town.is_some()) {
        let is_story = union.name.contains(STORY_TOWN);
        let (officer, worker) = if is_story {
            ("xidian".to_owned(), "xidian1".to_owned())
        } else {
            (place_login("t", union.town), place_login("w", union.town))
        };
        for (login, name, role) in [
            (&officer, "王丽华", Role::TownOfficer),
            (&worker, "李卫东", Role::FieldWorker),
        ] {
            let name = if is_story {
                name.to_owned()
            } else {
                made_up(wanted.len())
            };
            wanted.push(wish(login, &name, role, Some(union)));
        }
    }
    let chaired = first_base_union(
        &mut reader,
        general
            .iter()
            .find(|union| union.name.contains(STORY_TOWN))
            .unwrap_or(city),
    )
    .await?;
    if let Some((id, name)) = chaired {
        wanted.push(Wish {
            login: "chair".into(),
            name: "胡亚萍".into(),
            role: Role::UnionChair,
            union: Some((id, name)),
        });
    }
    let zoned = zones_wanted(&general, &wanted);
    drop(reader);
    let mut made = Vec::new();
    for wish in wanted {
        let new = NewAccount {
            login: wish.login.clone(),
            name: wish.name,
            role: wish.role,
            union_id: wish.union.as_ref().map(|(id, _)| *id),
            reach: ReachForm::default(),
        };
        match create_account(op, app, new, FirstPassword::Given(DEMO_PASSWORD.to_owned())).await {
            Ok(_) => {}
            // A login that is taken is a field error or, when two make it at once, a conflict.
            Err(error)
                if matches!(error.kind, ErrorKind::Conflict)
                    || error.fields.iter().any(|field| field.field == "login") => {}
            Err(error) => return Err(error),
        }
        made.push(DemoAccount {
            login: wish.login,
            role: wish.role.label(),
            union: wish.union.map(|(_, name)| name).unwrap_or_default(),
        });
    }
    for (town, worker) in zoned {
        first_zone(op, app, &town, &worker).await?;
    }
    Ok(DemoAccounts {
        accounts: shown_first(made),
        password: DEMO_PASSWORD,
    })
}

struct Wish {
    login: String,
    name: String,
    role: Role,
    union: Option<(UnionOrgId, String)>,
}

/// Key of a town's general union and login of its field worker.
fn zones_wanted(general: &[GeneralUnion], wanted: &[Wish]) -> Vec<(String, String)> {
    let workers = wanted.iter().filter(|wish| wish.role == Role::FieldWorker);
    let zoned = workers.filter_map(|wish| {
        let (id, _) = wish.union.as_ref()?;
        let town = general.iter().find(|union| union.id == id.uuid())?;
        Some((town.union_id.clone(), wish.login.clone()))
    });
    zoned.collect()
}

/// A town's first zone, with as many of its unions as one field worker looks after; the others wait for the town's officer.
async fn first_zone(op: &OpContext, app: &App, town: &str, worker: &str) -> Result<(), AppError> {
    let most = u32::try_from(UNIONS_MAX).unwrap_or_default();
    let waiting = zone::unzoned(op, app, town, 1, most).await?;
    if !waiting.zones.is_empty() || waiting.unions.is_empty() {
        return Ok(());
    }
    let form = ZoneForm {
        name: "第一片区".into(),
        worker: worker.to_owned(),
    };
    let zone = zone::make_zone(op, app, town, &form).await?;
    let unions: Vec<String> = waiting.unions.into_iter().map(|union| union.union_id).collect();
    zone::assign(op, app, town, &unions, Some(zone)).await?;
    Ok(())
}

fn wish(login: &str, name: &str, role: Role, union: Option<&GeneralUnion>) -> Wish {
    Wish {
        login: login.to_owned(),
        name: name.to_owned(),
        role,
        union: union.map(|union| (UnionOrgId::from_uuid(union.id), union.name.clone())),
    }
}

/// A name for the account of this number; the same every time.
fn made_up(number: usize) -> String {
    let surname = SURNAMES[number % SURNAMES.len()];
    format!("{surname}{}", GIVEN_NAMES[number % GIVEN_NAMES.len()])
}

fn place_login(prefix: &str, code: Option<i64>) -> String {
    format!("{prefix}{}", code.unwrap_or_default())
}

/// A union of one employer under `above`: for the chair's account.
async fn first_base_union(
    reader: &mut store::Reader,
    above: &GeneralUnion,
) -> Result<Option<(UnionOrgId, String)>, AppError> {
    let rows = reader.union_rows().await?;
    let found = rows.into_iter().find(|row| {
        row.path
            .as_deref()
            .is_some_and(|path| path.starts_with(&above.path) && path != above.path)
            && UnionName::parse(&row.name).kind == UnionNameKind::Single
    });
    Ok(found.map(|row| (row.org_id(), row.name)))
}

/// The accounts of the story before the hundreds of others.
fn shown_first(mut accounts: Vec<DemoAccount>) -> Vec<DemoAccount> {
    const FIRST: [&str; 10] = [
        "city", "ninghai", "xidian", "xidian1", "chair", "auditor", "manager", "operator", "watcher", "admin",
    ];
    accounts.sort_by_key(|account| {
        FIRST
            .iter()
            .position(|login| *login == account.login)
            .unwrap_or(FIRST.len())
    });
    accounts
}
