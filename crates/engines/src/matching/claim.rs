//! The two sides of a pair: what a union says about its employer, and one enterprise of the market register.
//!
//! Both are plain values without any table behind them, so that a form and a bulk run can fill them alike.

use codes::company_name::CompanyName;
use codes::employer_code::EmployerCode;
use codes::uscc;
use serde::{Deserialize, Serialize};

/// Which kind of union speaks: joint, sector and regional unions and those of public organs have no enterprise of their own,
/// so they start from a near-zero prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// 独立基层工会 of an enterprise.
    Single,
    /// Type unknown and the name does not tell.
    Unknown,
    /// 联合基层工会, 工会联合会, 产业工会, 总工会.
    Collective,
    /// Unions of organs, schools, hospitals (机关事业单位).
    Organ,
}

impl Population {
    /// All populations in stable order.
    pub const ALL: [Population; 4] = [
        Population::Single,
        Population::Unknown,
        Population::Collective,
        Population::Organ,
    ];

    /// Position in the model's table.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// A company name taken apart, owned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameForm {
    pub normal_key: i64,
    pub core_key: i64,
    pub division: Option<String>,
    pub brand: String,
    pub trade: String,
    pub branch: Option<String>,
}

/// The same, borrowed: the shape in which a record store can lend a name without copying it.
#[derive(Clone, Copy, Debug)]
pub struct NameView<'a> {
    pub normal_key: i64,
    pub core_key: i64,
    pub division: Option<&'a str>,
    pub brand: &'a str,
    pub trade: &'a str,
    pub branch: Option<&'a str>,
}

impl From<CompanyName> for NameForm {
    fn from(name: CompanyName) -> NameForm {
        NameForm {
            normal_key: name.normal_key(),
            core_key: name.core_key(),
            division: name.division.filter(|d| !d.is_empty()),
            brand: name.brand,
            trade: name.trade,
            branch: name.branch.filter(|b| !b.is_empty()),
        }
    }
}

impl NameForm {
    /// Takes a raw name apart.
    pub fn parse(raw: &str) -> NameForm {
        NameForm::from(CompanyName::parse(raw))
    }

    /// Lends the name.
    pub fn view(&self) -> NameView<'_> {
        NameView {
            normal_key: self.normal_key,
            core_key: self.core_key,
            division: self.division.as_deref(),
            brand: &self.brand,
            trade: &self.trade,
            branch: self.branch.as_deref(),
        }
    }

    /// Brand, trade and branch in one text: the part that names the firm.
    pub fn core(&self) -> String {
        let mut core = format!("{}{}", self.brand, self.trade);
        if let Some(branch) = &self.branch {
            core.push_str(branch);
        }
        core
    }
}

/// Whether the code that a union states is known to the market register at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeStanding {
    /// Nothing stated (empty, placeholder, or the union's own 81 code written here).
    None,
    /// Readable and found in the register, whoever it belongs to.
    Registered,
    /// Readable, but no entry of the register has it.
    Absent,
    /// Damaged by a spreadsheet or mistyped beyond reading.
    Unreadable,
}

/// The code a union states for its employer, as integer keys of every reading that makes sense.
#[derive(Clone, Debug)]
pub struct ClaimedCode {
    pub uscc: Option<i64>,
    pub org: Option<i64>,
    pub reg: Option<i64>,
    /// Keys of valid codes one slip away from a mistyped one.
    pub near: Vec<i64>,
    pub standing: CodeStanding,
    /// As written, for the explanation.
    pub shown: String,
}

impl ClaimedCode {
    /// A union that states no code.
    pub fn none() -> ClaimedCode {
        ClaimedCode {
            uscc: None,
            org: None,
            reg: None,
            near: Vec::new(),
            standing: CodeStanding::None,
            shown: String::new(),
        }
    }

    /// Reads a code cell. `standing` of a readable code is `Absent` until the caller finds it in the register.
    pub fn read(raw: &str) -> ClaimedCode {
        let mut claimed = ClaimedCode {
            shown: raw.trim().to_string(),
            ..ClaimedCode::none()
        };
        match EmployerCode::read(raw) {
            EmployerCode::Uscc(code) => {
                claimed.uscc = Some(code.key());
                claimed.org = codes::org_code::OrgCode::parse(code.org_code())
                    .ok()
                    .map(|o| o.key());
                claimed.standing = CodeStanding::Absent;
            }
            EmployerCode::Org(code) => {
                claimed.org = Some(code.key());
                claimed.standing = CodeStanding::Absent;
            }
            EmployerCode::Reg(code) => {
                claimed.reg = Some(code.key());
                claimed.standing = CodeStanding::Absent;
            }
            EmployerCode::Mistyped { raw } => {
                claimed.near = uscc::suggestions(&raw).iter().map(|s| s.key()).collect();
                claimed.standing = CodeStanding::Unreadable;
            }
            EmployerCode::Damaged { .. } => claimed.standing = CodeStanding::Unreadable,
            EmployerCode::UnionCode(_) | EmployerCode::Placeholder | EmployerCode::Empty => {
                claimed.shown.clear()
            }
        }
        claimed
    }
}

/// Where the union's own insured members work, summed up (collective evidence).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StaffVote {
    /// Members found among the insured.
    pub insured: u32,
    /// Members at the employer that most of them share.
    pub top: u32,
    /// That employer is not in the market register.
    pub top_outside: bool,
    /// How many unions this employer wins: a dispatch agency or a payer for others wins many, and says little.
    pub top_wins: u32,
}

/// What a union says about its employer.
#[derive(Clone, Debug)]
pub struct Claim {
    pub population: Population,
    pub code: ClaimedCode,
    /// The stated employer name and, if it differs, the one read from the union's own name.
    pub names: Vec<NameForm>,
    pub legal_rep: Option<String>,
    pub phone: Option<i64>,
    pub address: Option<i64>,
    pub county: Option<i32>,
    pub town: Option<i64>,
    /// Section letter of GB/T 4754.
    pub industry: Option<char>,
    /// Founding day of the union in days since 1970-01-01.
    pub founded: Option<i32>,
    pub vote: Option<StaffVote>,
}

/// State of a registered enterprise, as far as linkage and rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusClass {
    InBusiness,
    Gone,
    MovedOut,
    Paused,
    Unknown,
}

impl StatusClass {
    /// Reads the lake's key; anything else is unknown.
    pub fn read(key: &str) -> StatusClass {
        match key {
            "in_business" => StatusClass::InBusiness,
            "gone" => StatusClass::Gone,
            "moved_out" => StatusClass::MovedOut,
            "paused" => StatusClass::Paused,
            _ => StatusClass::Unknown,
        }
    }
}

/// How many enterprises of the register share a value of this one, itself counted; 0 where it has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shared {
    /// The name in normal form.
    pub name: u32,
    /// Brand, trade and branch.
    pub core: u32,
    pub brand: u32,
    pub legal_rep: u32,
    pub phone: u32,
    pub address: u32,
}

/// One enterprise of the market register, lent by a record store.
#[derive(Clone, Copy, Debug)]
pub struct Entity<'a> {
    pub uscc: Option<i64>,
    pub org: Option<i64>,
    pub reg: Option<i64>,
    pub name: NameView<'a>,
    pub former: &'a [NameForm],
    pub legal_rep: Option<&'a str>,
    pub phone: Option<i64>,
    pub address: Option<i64>,
    pub county: Option<i32>,
    pub town: Option<i64>,
    pub industry: Option<char>,
    /// Days since 1970-01-01.
    pub founded: Option<i32>,
    pub status: StatusClass,
    pub shared: Shared,
}
