//! A small union tree with somebody of every role in it.

use app::accounts::{FirstPassword, NewAccount, ReachForm, create_account};
use app::op::OpContext;
use codes::division::Divisions;
use codes::id::{AccountId, UnionOrgId};
use domain::accounts::{Account, Reach, Role};
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use store::union_org::UnionRow;
use uuid::Uuid;

use crate::TestApp;

/// 宁海县
const NINGHAI: u32 = 330_226;
/// 鄞州区
const YINZHOU: u32 = 330_212;

/// People in a tree of six unions: 宁波市总工会 over 宁海县总工会 (over 西店镇总工会, over one base union, and
/// 深甽镇总工会) and 鄞州区总工会. The field worker and the town officer belong to 西店.
pub struct People {
    /// 市总干部
    pub city_officer: OpContext,
    /// 宁海县干部
    pub county_officer: OpContext,
    /// 西店镇干部
    pub town_officer: OpContext,
    /// 西店镇片区专职工作者
    pub field_worker: OpContext,
    /// 西店镇一家基层工会的主席
    pub union_chair: OpContext,
    /// 全市审计员
    pub auditor: OpContext,
    /// 安全管理员, who opens accounts
    pub administrator: OpContext,
    /// 系统管理员
    pub system_administrator: OpContext,
    /// 安全审计员
    pub security_auditor: OpContext,
    /// 深甽镇干部: the neighbour who must not see 西店.
    pub other_town_officer: OpContext,
    /// 深甽镇片区专职工作者
    pub other_field_worker: OpContext,
    /// 鄞州区干部: the other county.
    pub other_county_officer: OpContext,
}

/// The unions' keys in the register.
pub mod union {
    /// 宁波市总工会
    pub const CITY: &str = "T-CITY";
    /// 宁海县总工会
    pub const COUNTY: &str = "T-NINGHAI";
    /// 鄞州区总工会
    pub const OTHER_COUNTY: &str = "T-YINZHOU";
    /// 西店镇总工会
    pub const TOWN: &str = "T-XIDIAN";
    /// 深甽镇总工会
    pub const OTHER_TOWN: &str = "T-SHENZHEN";
    /// 宁波甲乙电器有限公司工会, in 西店
    pub const BASE: &str = "T-BASE";
}

impl People {
    /// Everybody's password; login names are the field names with `-` for `_`.
    pub const PASSWORD: &str = "Found-25-unions";

    /// Puts unions and people into an empty installation.
    ///
    /// # Panics
    /// When that fails: then there is nothing to test.
    pub async fn of(test: &TestApp) -> People {
        plant(test).await;
        let new = NewAccount {
            login: "administrator".into(),
            name: "管理员".into(),
            role: Role::SecurityAdministrator,
            union_id: None,
            reach: ReachForm::default(),
        };
        let password = FirstPassword::Given(Self::PASSWORD.into());
        let (administrator, _) = create_account(&test.system(), &test.app, new, password)
            .await
            .expect("an administrator");
        // Hashing is slow on purpose; everybody gets the same hash.
        let mut reader = test.app.store.read().await.expect("a reader");
        let hash = reader
            .password_hash(administrator.id)
            .await
            .expect("readable")
            .expect("a hash");
        drop(reader);
        let person = |login: &'static str, name: &'static str, role: Role, union: &'static str| {
            settle(test, &hash, login, name, role, Some(union))
        };
        let office = |login: &'static str, name: &'static str, role: Role| {
            settle(test, &hash, login, name, role, None)
        };
        People {
            city_officer: person("city-officer", "周市总", Role::CityOfficer, union::CITY).await,
            county_officer: person("county-officer", "吴宁海", Role::CountyOfficer, union::COUNTY).await,
            town_officer: person("town-officer", "郑西店", Role::TownOfficer, union::TOWN).await,
            field_worker: person("field-worker", "王专职", Role::FieldWorker, union::TOWN).await,
            union_chair: person("union-chair", "冯主席", Role::UnionChair, union::BASE).await,
            auditor: person("auditor", "陈审计", Role::Auditor, union::CITY).await,
            administrator: test.app.acting(&administrator, None, None),
            system_administrator: office("system-administrator", "沈系统", Role::SystemAdministrator).await,
            security_auditor: office("security-auditor", "韩安审", Role::SecurityAuditor).await,
            other_town_officer: person(
                "other-town-officer",
                "褚深甽",
                Role::TownOfficer,
                union::OTHER_TOWN,
            )
            .await,
            other_field_worker: person(
                "other-field-worker",
                "卫专职",
                Role::FieldWorker,
                union::OTHER_TOWN,
            )
            .await,
            other_county_officer: person(
                "other-county-officer",
                "蒋鄞州",
                Role::CountyOfficer,
                union::OTHER_COUNTY,
            )
            .await,
        }
    }

    /// Everybody, with the field's name: for tests that walk all roles.
    pub fn everybody(&self) -> [(&'static str, &OpContext); 12] {
        [
            ("city_officer", &self.city_officer),
            ("county_officer", &self.county_officer),
            ("town_officer", &self.town_officer),
            ("field_worker", &self.field_worker),
            ("union_chair", &self.union_chair),
            ("auditor", &self.auditor),
            ("administrator", &self.administrator),
            ("system_administrator", &self.system_administrator),
            ("security_auditor", &self.security_auditor),
            ("other_town_officer", &self.other_town_officer),
            ("other_field_worker", &self.other_field_worker),
            ("other_county_officer", &self.other_county_officer),
        ]
    }
}

async fn settle(
    test: &TestApp,
    hash: &str,
    login: &str,
    name: &str,
    role: Role,
    union: Option<&str>,
) -> OpContext {
    let now = test.app.now();
    let mut tx = test.app.store.begin().await.expect("a transaction");
    let union_id = match union {
        None => None,
        Some(key) => {
            let row = tx.union_row(key).await.expect("readable");
            Some(row.expect("the union was planted").org_id())
        }
    };
    let account = Account {
        id: AccountId::mint(&*test.app.ids, now),
        login: login.to_owned(),
        name: name.to_owned(),
        role,
        union_id,
        union_name: None,
        path: None,
        reach: Reach::Branch,
        named: Vec::new(),
        must_change_password: false,
        password_set_at: now,
        has_second_factor: false,
        failed_count: 0,
        locked_until: None,
        disabled_at: None,
        last_sign_in_at: None,
        created_at: now,
        changed_at: now,
    };
    tx.add_account(&account, hash).await.expect("a free login");
    let account = tx
        .account(account.id)
        .await
        .expect("readable")
        .expect("just added");
    tx.commit().await.expect("a commit");
    test.app.acting(&account, None, None)
}

async fn plant(test: &TestApp) {
    let town = |county: u32, name: &str| {
        let code = Divisions::shipped().town_by_name_or_code(Some(county), name);
        i64::try_from(code.expect("a town of Ningbo")).expect("nine digits")
    };
    let city = UnionPath::root(0);
    let (ninghai, yinzhou) = (city.child(0), city.child(1));
    let (xidian, shenzhen) = (ninghai.child(0), ninghai.child(1));
    let (xidian_town, shenzhen_town) = (town(NINGHAI, "西店镇"), town(NINGHAI, "深甽镇"));
    let general = UnionType::General;
    let unions = [
        row(
            test,
            union::CITY,
            "宁波市总工会",
            general,
            None,
            &city,
            (None, None),
        ),
        row(
            test,
            union::COUNTY,
            "宁海县总工会",
            general,
            Some(union::CITY),
            &ninghai,
            (Some(NINGHAI), None),
        ),
        row(
            test,
            union::OTHER_COUNTY,
            "鄞州区总工会",
            general,
            Some(union::CITY),
            &yinzhou,
            (Some(YINZHOU), None),
        ),
        row(
            test,
            union::TOWN,
            "宁海县西店镇总工会",
            general,
            Some(union::COUNTY),
            &xidian,
            (Some(NINGHAI), Some(xidian_town)),
        ),
        row(
            test,
            union::OTHER_TOWN,
            "宁海县深甽镇总工会",
            general,
            Some(union::COUNTY),
            &shenzhen,
            (Some(NINGHAI), Some(shenzhen_town)),
        ),
        row(
            test,
            union::BASE,
            "宁波甲乙电器有限公司工会",
            UnionType::Single,
            Some(union::TOWN),
            &xidian.child(0),
            (Some(NINGHAI), Some(xidian_town)),
        ),
    ];
    let mut tx = test.app.store.begin().await.expect("a transaction");
    tx.upsert_unions(unions).await.expect("planted unions");
    tx.commit().await.expect("a commit");
}

fn row(
    test: &TestApp,
    key: &str,
    name: &str,
    union_type: UnionType,
    parent: Option<&str>,
    path: &UnionPath,
    (county, town): (Option<u32>, Option<i64>),
) -> UnionRow {
    let id: Uuid = UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid();
    UnionRow {
        id,
        union_id: key.to_owned(),
        name: name.to_owned(),
        search: codes::text::normalise(name),
        union_code: None,
        employer_code: None,
        employer_name: None,
        employer_legal_rep: None,
        chair: None,
        county: county.map(i64::from),
        town,
        address: None,
        phone_sealed: None,
        phone_index: None,
        phone_token: None,
        industry_section: None,
        union_type: union_type.code().to_owned(),
        parent_id: parent.map(str::to_owned),
        industry_parent_id: None,
        founded_on: None,
        term_end_on: None,
        declared_members: None,
        lon: None,
        lat: None,
        extra: None,
        path: Some(path.as_str().to_owned()),
        is_active: true,
        source: "import".to_owned(),
        unread: None,
        row_hash: 0,
        batch_no: None,
        changed_at: test.app.now().millis(),
    }
}
