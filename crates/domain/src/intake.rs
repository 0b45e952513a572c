//! 数据导入: the seven kinds of files, their columns, and the states of a batch.

use serde::{Deserialize, Serialize};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 市场监管登记
    Enterprises,
    /// 工会组织
    Unions,
    /// 覆盖单位
    Covers,
    /// 会员
    Members,
    /// 参保
    Insurance,
    /// 个税申报与经费
    Tax,
    /// 道路运输从业人员
    Drivers,
}

/// A column of a kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// English head, and the name in code.
    pub name: &'static str,
    /// Accepted heads, the English one first, then the Chinese one, then what else is met.
    pub spellings: &'static [&'static str],
    /// The column must exist; its cells may be empty.
    pub is_required: bool,
}

const fn must(name: &'static str, spellings: &'static [&'static str]) -> Column {
    Column {
        name,
        spellings,
        is_required: true,
    }
}

const fn may(name: &'static str, spellings: &'static [&'static str]) -> Column {
    Column {
        name,
        spellings,
        is_required: false,
    }
}

/// The column that makes a file a delta (增量): `I`, `U` or `D` a row.
const OP: Column = may("op", &["op", "操作", "操作类型"]);

const ENTERPRISES: &[Column] = &[
    // The register's own key; where a source has none the code stands in, so the head itself may be absent.
    may("enterprise_id", &["enterprise_id", "主体标识"]),
    must("uscc", &["uscc", "统一社会信用代码", "社会信用代码", "信用代码"]),
    may("reg_no", &["reg_no", "注册号"]),
    must("name", &["name", "名称", "企业名称", "单位名称"]),
    may("former_name", &["former_name", "曾用名"]),
    may("kind", &["kind", "主体类型", "企业类型"]),
    may("legal_rep", &["legal_rep", "法定代表人", "法人代表", "负责人"]),
    may("county", &["county", "区县", "所属区县"]),
    may("street", &["street", "街道乡镇", "乡镇街道", "镇街"]),
    may("address", &["address", "住所", "地址", "经营场所"]),
    may("industry_code", &["industry_code", "行业代码"]),
    may("founded", &["founded", "成立日期"]),
    must("status", &["status", "登记状态", "经营状态"]),
    may("capital_wan", &["capital_wan", "注册资本(万元)", "注册资本"]),
    may("phone", &["phone", "联系电话", "电话"]),
    OP,
];

const UNIONS: &[Column] = &[
    must("union_id", &["union_id", "工会标识"]),
    must("union_name", &["union_name", "工会名称"]),
    may(
        "employer_uscc",
        &[
            "employer_uscc",
            "单位统一社会信用代码",
            "单位法人和其他组织统一社会信用代码",
        ],
    ),
    may(
        "union_code",
        &[
            "union_code",
            "工会统一社会信用代码",
            "工会法人和其他组织统一社会信用代码",
            "工会代码",
        ],
    ),
    may("employer_name", &["employer_name", "单位名称"]),
    may("employer_legal_rep", &["employer_legal_rep", "单位法定代表人"]),
    may("chair", &["chair", "工会主席", "工会负责人"]),
    may("county", &["county", "区县", "单位所在政区"]),
    may("street", &["street", "街道乡镇", "乡镇街道"]),
    may("address", &["address", "地址", "单位地址"]),
    may("phone", &["phone", "电话", "联系电话"]),
    may("industry_section", &["industry_section", "行业门类"]),
    may("union_type", &["union_type", "工会类型", "基层工会类型"]),
    may("parent_id", &["parent_id", "上级工会标识"]),
    may("industry_parent_id", &["industry_parent_id", "所属产业工会标识"]),
    may("founded", &["founded", "建会日期"]),
    may("term_end", &["term_end", "届满日期"]),
    may("declared_members", &["declared_members", "会员人数"]),
    may("lon", &["lon", "经度"]),
    may("lat", &["lat", "纬度"]),
    OP,
];

const COVERS: &[Column] = &[
    must("union_id", &["union_id", "工会标识"]),
    may("employer_uscc", &["employer_uscc", "单位统一社会信用代码"]),
    may("employer_name", &["employer_name", "单位名称"]),
    may("from", &["from", "起", "覆盖起"]),
    may("to", &["to", "止", "覆盖止"]),
    OP,
];

const MEMBERS: &[Column] = &[
    must("member_id", &["member_id", "会员标识"]),
    must("union_id", &["union_id", "工会标识"]),
    must("name", &["name", "姓名"]),
    may("id_no", &["id_no", "证件号码", "身份证号", "身份证号码"]),
    may("phone", &["phone", "移动电话", "手机号", "手机号码", "联系电话"]),
    may("join_date", &["join_date", "入会日期"]),
    may("性别", &["性别"]),
    may("出生日期", &["出生日期"]),
    may("民族", &["民族"]),
    may("就业状况", &["就业状况"]),
    may("有效证件类别", &["有效证件类别", "证件类别"]),
    may("学历", &["学历"]),
    may("技术等级", &["技术等级"]),
    may("户籍类型", &["户籍类型"]),
    may("户籍所在地", &["户籍所在地"]),
    may("会籍变化类型", &["会籍变化类型"]),
    may("会籍变化日期", &["会籍变化日期"]),
    may("会籍变化原因", &["会籍变化原因"]),
    may("政治面貌", &["政治面貌"]),
    may("工作单位", &["工作单位"]),
    may("籍贯", &["籍贯"]),
    may("是否农民工会员", &["是否农民工会员"]),
    OP,
];

const INSURANCE: &[Column] = &[
    must("ins_id", &["ins_id", "记录号"]),
    must("id_no", &["id_no", "证件号码", "身份证号", "身份证号码"]),
    must("name", &["name", "姓名"]),
    must(
        "employer_uscc",
        &["employer_uscc", "单位统一社会信用代码", "统一社会信用代码"],
    ),
    may("employer_name", &["employer_name", "单位名称"]),
    must("start", &["start", "参保起", "参保开始日期"]),
    may("end", &["end", "参保止", "参保终止日期"]),
    OP,
];

const TAX: &[Column] = &[
    must("tax_id", &["tax_id", "记录号", "登记序号"]),
    must(
        "uscc",
        &["uscc", "统一社会信用代码", "社会信用代码", "纳税人识别号"],
    ),
    must("taxpayer_name", &["taxpayer_name", "纳税人名称"]),
    must("tax_year", &["tax_year", "年度"]),
    may("headcount", &["headcount", "申报人数"]),
    may("payroll", &["payroll", "工资薪金总额(元)", "工资薪金总额"]),
    may(
        "union_fee_paid",
        &["union_fee_paid", "已缴工会经费(元)", "已缴工会经费"],
    ),
    may(
        "prep_fee_paid",
        &["prep_fee_paid", "已缴筹备金(元)", "已缴筹备金"],
    ),
    OP,
];

const DRIVERS: &[Column] = &[
    must("driver_id", &["driver_id", "从业资格证号"]),
    must("id_no", &["id_no", "证件号码", "身份证号"]),
    must("name", &["name", "姓名"]),
    may("phone", &["phone", "电话", "联系电话"]),
    may("platform", &["platform", "所属平台"]),
    may("county", &["county", "区县"]),
    may("valid_to", &["valid_to", "有效期至"]),
    OP,
];

impl Kind {
    /// Every kind in the order of a folder import: what is referred to comes first.
    pub const ALL: [Kind; 7] = [
        Kind::Enterprises,
        Kind::Unions,
        Kind::Covers,
        Kind::Members,
        Kind::Insurance,
        Kind::Tax,
        Kind::Drivers,
    ];

    /// The name in commands and of files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Enterprises => "enterprises",
            Kind::Unions => "unions",
            Kind::Covers => "covers",
            Kind::Members => "members",
            Kind::Insurance => "insurance",
            Kind::Tax => "tax",
            Kind::Drivers => "drivers",
        }
    }

    /// Reads [`Kind::name`].
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The word on screens, with the agency that sends it.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Enterprises => "市场监管登记",
            Kind::Unions => "工会组织",
            Kind::Covers => "覆盖单位",
            Kind::Members => "工会会员",
            Kind::Insurance => "人社参保",
            Kind::Tax => "税务申报与经费",
            Kind::Drivers => "道路运输从业人员",
        }
    }

    /// Public data of an agency: a full file replaces the state. The unions' own kinds are upserted instead.
    pub fn is_agency(self) -> bool {
        !matches!(self, Kind::Unions | Kind::Covers | Kind::Members)
    }

    /// The columns of the layout.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Kind::Enterprises => ENTERPRISES,
            Kind::Unions => UNIONS,
            Kind::Covers => COVERS,
            Kind::Members => MEMBERS,
            Kind::Insurance => INSURANCE,
            Kind::Tax => TAX,
            Kind::Drivers => DRIVERS,
        }
    }

    /// The key's column, and what stands in where a source has none.
    pub fn key_columns(self) -> (&'static str, &'static str) {
        match self {
            Kind::Enterprises => ("enterprise_id", "uscc"),
            other => (other.columns()[0].name, other.columns()[0].name),
        }
    }
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Being read.
    Running,
    /// Its rows are the present state.
    Applied,
    /// Refused whole; nothing was written.
    Refused,
    /// Ended by a crash; nothing was written.
    Interrupted,
    /// Applied once, taken back by a person.
    Undone,
    /// The same file as the latest applied batch: no batch was made. Only ever an answer, never stored.
    Unchanged,
}

impl BatchState {
    /// Every state.
    pub const ALL: [BatchState; 6] = [
        BatchState::Running,
        BatchState::Applied,
        BatchState::Refused,
        BatchState::Interrupted,
        BatchState::Undone,
        BatchState::Unchanged,
    ];

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            BatchState::Running => "导入中",
            BatchState::Applied => "已生效",
            BatchState::Refused => "整批拒收",
            BatchState::Interrupted => "中断",
            BatchState::Undone => "已撤销",
            BatchState::Unchanged => "未变化",
        }
    }

    /// The word in tables.
    pub fn code(self) -> &'static str {
        match self {
            BatchState::Running => "running",
            BatchState::Applied => "applied",
            BatchState::Refused => "refused",
            BatchState::Interrupted => "interrupted",
            BatchState::Undone => "undone",
            BatchState::Unchanged => "unchanged",
        }
    }

    /// Reads [`BatchState::code`].
    pub fn from_code(code: &str) -> Option<BatchState> {
        BatchState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What a row of a delta asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOp {
    /// Insert or update: the whole row, either way.
    Upsert,
    /// Remove; harmless when the key is unknown.
    Delete,
}

impl RowOp {
    /// Reads the `op` cell; `None`: another word, the row's structure is broken.
    pub fn read(raw: &str) -> Option<RowOp> {
        match raw.trim().to_ascii_uppercase().as_str() {
            "I" | "U" => Some(RowOp::Upsert),
            "D" => Some(RowOp::Delete),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_head_names_two_columns_of_one_kind() {
        for kind in Kind::ALL {
            let mut seen = std::collections::HashSet::new();
            for head in kind.columns().iter().flat_map(|column| column.spellings) {
                assert!(seen.insert(head), "{} of {}", head, kind.name());
            }
        }
    }

    #[test]
    fn names_come_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        for state in BatchState::ALL {
            assert_eq!(BatchState::from_code(state.code()), Some(state));
        }
    }
}
