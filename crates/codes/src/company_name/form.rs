//! 组织形式: legal forms, notes in brackets, and the words of branches.

use std::sync::LazyLock;

use crate::dictionary::WordList;

/// What kind of body the end of a name says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegalForm {
    /// 有限公司, 有限责任公司
    Limited,
    /// 股份有限公司
    JointStock,
    /// 公司 without more, 集团公司
    Company,
    /// 合伙企业
    Partnership,
    /// 个人独资企业
    SoleProprietor,
    /// 合作社
    Cooperative,
    /// 厂
    Factory,
    /// 店, 商行, 超市 …
    Shop,
    /// 经营部, 服务部, 门市部 …
    BusinessUnit,
    /// 事务所, 工作室
    Firm,
    /// 个体工商户
    Individual,
    /// 学校, 医院, 研究所 …
    Institution,
    /// 机关
    Organ,
    /// 协会, 商会 …
    Association,
    /// The name does not say.
    None,
}

impl LegalForm {
    /// The form in Chinese, as stored and shown; empty if the name does not say.
    pub fn as_str(self) -> &'static str {
        match self {
            LegalForm::Limited => "有限公司",
            LegalForm::JointStock => "股份有限公司",
            LegalForm::Company => "公司",
            LegalForm::Partnership => "合伙企业",
            LegalForm::SoleProprietor => "个人独资企业",
            LegalForm::Cooperative => "合作社",
            LegalForm::Factory => "厂",
            LegalForm::Shop => "店",
            LegalForm::BusinessUnit => "经营部",
            LegalForm::Firm => "事务所",
            LegalForm::Individual => "个体工商户",
            LegalForm::Institution => "事业单位",
            LegalForm::Organ => "机关",
            LegalForm::Association => "社会团体",
            LegalForm::None => "",
        }
    }

    /// Whether individual businesses (个体工商户) bear this form, or names without any form.
    pub(super) fn may_name_town(self) -> bool {
        matches!(
            self,
            LegalForm::Factory
                | LegalForm::Shop
                | LegalForm::BusinessUnit
                | LegalForm::Firm
                | LegalForm::Individual
                | LegalForm::None
        )
    }

    /// Whether only enterprises bear this form.
    pub fn is_enterprise(self) -> bool {
        !matches!(
            self,
            LegalForm::Institution | LegalForm::Organ | LegalForm::Association | LegalForm::None
        )
    }
}

/// What a form word means and whether it is taken off the name's body.
#[derive(Clone, Copy)]
pub(super) struct FormWord {
    pub(super) form: LegalForm,
    /// The usual spelling of the form in a normal name.
    pub(super) spelling: &'static str,
    /// False for words such as 酒店 or 医院 that also say the trade.
    pub(super) is_cut: bool,
}

/// Forms by which one spelling stands for several.
const CUT: &[(&str, LegalForm, &str)] = &[
    ("有限责任公司", LegalForm::Limited, "有限公司"),
    ("有限公司", LegalForm::Limited, "有限公司"),
    ("有限公司公司", LegalForm::Limited, "有限公司"),
    ("有限责任", LegalForm::Limited, "有限公司"),
    ("有限", LegalForm::Limited, "有限公司"),
    ("股份有限公司", LegalForm::JointStock, "股份有限公司"),
    ("股份有限责任公司", LegalForm::JointStock, "股份有限公司"),
    ("股份公司", LegalForm::JointStock, "股份有限公司"),
    ("股份合作公司", LegalForm::JointStock, "股份合作公司"),
    ("总公司", LegalForm::Company, "公司"),
    ("公司", LegalForm::Company, "公司"),
    ("合伙企业", LegalForm::Partnership, "合伙企业"),
    ("个人独资企业", LegalForm::SoleProprietor, "个人独资企业"),
    ("农民专业合作社联合社", LegalForm::Cooperative, "专业合作社联合社"),
    ("专业合作社联合社", LegalForm::Cooperative, "专业合作社联合社"),
    ("农民专业合作社", LegalForm::Cooperative, "专业合作社"),
    ("专业合作社", LegalForm::Cooperative, "专业合作社"),
    ("股份经济合作社", LegalForm::Cooperative, "股份经济合作社"),
    ("经济合作社", LegalForm::Cooperative, "经济合作社"),
    ("合作社", LegalForm::Cooperative, "合作社"),
    ("总厂", LegalForm::Factory, "厂"),
    ("厂", LegalForm::Factory, "厂"),
    ("商店", LegalForm::Shop, "店"),
    ("店", LegalForm::Shop, "店"),
    ("商行", LegalForm::Shop, "商行"),
    ("经营部", LegalForm::BusinessUnit, "经营部"),
    ("经销部", LegalForm::BusinessUnit, "经营部"),
    ("服务部", LegalForm::BusinessUnit, "服务部"),
    ("门市部", LegalForm::BusinessUnit, "门市部"),
    ("营业部", LegalForm::BusinessUnit, "营业部"),
    ("加工部", LegalForm::BusinessUnit, "加工部"),
    ("批发部", LegalForm::BusinessUnit, "批发部"),
    ("修理部", LegalForm::BusinessUnit, "修理部"),
    ("维修部", LegalForm::BusinessUnit, "修理部"),
    ("工程部", LegalForm::BusinessUnit, "工程部"),
    ("服务站", LegalForm::BusinessUnit, "服务站"),
    ("加工场", LegalForm::BusinessUnit, "加工场"),
    ("事务所", LegalForm::Firm, "事务所"),
    ("工作室", LegalForm::Firm, "工作室"),
    ("个体工商户", LegalForm::Individual, ""),
    ("个体户", LegalForm::Individual, ""),
];

/// Ends that say the form and the trade at once: they stay in the body.
const KEPT: &[(LegalForm, &[&str])] = &[
    (
        LegalForm::Shop,
        &[
            "酒店",
            "饭店",
            "大酒店",
            "宾馆",
            "超市",
            "商场",
            "药店",
            "大药房",
            "药房",
            "餐厅",
            "餐馆",
            "酒楼",
            "面馆",
            "茶馆",
            "会所",
            "网吧",
            "市场",
            "商厦",
            "美容院",
            "理发店",
            "便利店",
            "网店",
            "专卖店",
            "小吃店",
            "书店",
            "花店",
            "客栈",
            "民宿",
            "养殖场",
            "农场",
            "家庭农场",
            "加油站",
            "驾校",
            "诊所",
        ],
    ),
    (
        LegalForm::Institution,
        &[
            "医院",
            "卫生院",
            "卫生服务中心",
            "学校",
            "小学",
            "中学",
            "高中",
            "初中",
            "大学",
            "学院",
            "幼儿园",
            "托儿所",
            "研究院",
            "研究所",
            "中心",
            "养老院",
            "敬老院",
            "福利院",
            "图书馆",
            "博物馆",
            "文化馆",
            "体育馆",
            "电视台",
            "广播站",
            "管理站",
            "管理所",
            "气象台",
            "党校",
            "设计院",
            "出版社",
            "报社",
        ],
    ),
    (
        LegalForm::Organ,
        &[
            "局",
            "委员会",
            "人民政府",
            "政府",
            "办公室",
            "街道办事处",
            "人民法院",
            "法院",
            "检察院",
            "派出所",
            "组织部",
            "宣传部",
            "统战部",
            "人武部",
            "纪委",
            "县委",
            "市委",
            "区委",
            "党委",
            "财政所",
            "税务所",
        ],
    ),
    (
        LegalForm::Association,
        &[
            "协会",
            "商会",
            "学会",
            "基金会",
            "联合会",
            "促进会",
            "研究会",
            "总会",
            "志愿者协会",
        ],
    ),
];

pub(super) static FORMS: LazyLock<WordList<FormWord>> = LazyLock::new(|| {
    let cut = CUT.iter().map(|&(word, form, spelling)| {
        (
            word,
            FormWord {
                form,
                spelling,
                is_cut: true,
            },
        )
    });
    let kept = KEPT.iter().flat_map(|&(form, words)| {
        words.iter().map(move |&word| {
            (
                word,
                FormWord {
                    form,
                    spelling: "",
                    is_cut: false,
                },
            )
        })
    });
    WordList::by_end(cut.chain(kept))
});

/// What may stand in brackets at the very end, and the form that it says.
pub(super) const NOTES: &[(&str, Option<LegalForm>)] = &[
    ("普通合伙", Some(LegalForm::Partnership)),
    ("有限合伙", Some(LegalForm::Partnership)),
    ("特殊普通合伙", Some(LegalForm::Partnership)),
    ("合伙企业", Some(LegalForm::Partnership)),
    ("合伙", Some(LegalForm::Partnership)),
    ("个人独资", Some(LegalForm::SoleProprietor)),
    ("个体工商户", Some(LegalForm::Individual)),
    ("个体户", Some(LegalForm::Individual)),
    ("个体", Some(LegalForm::Individual)),
    ("自然人独资", None),
    ("法人独资", None),
    ("外商独资", None),
    ("国有独资", None),
    ("外商投资", None),
    ("中外合资", None),
    ("台资", None),
    ("港资", None),
    ("一人有限责任公司", None),
    ("股份合作", None),
    ("微型企业", None),
    ("筹", None),
    ("筹建", None),
    ("已注销", None),
    ("注销", None),
    ("吊销", None),
    ("已吊销", None),
    ("迁出", None),
    ("停业", None),
];

/// Forms behind which a branch's own words may follow.
pub(super) static PARENT_FORMS: LazyLock<WordList<()>> = LazyLock::new(|| {
    WordList::by_start(
        [
            "有限公司",
            "有限责任公司",
            "股份公司",
            "集团公司",
            "合作社",
            "事务所",
            "事务所(普通合伙)",
            "事务所(特殊普通合伙)",
            "总公司",
        ]
        .map(|word| (word, ())),
    )
});

/// Ends of a branch's own words, once the parent's form stands before them.
pub(super) static BRANCH_WORDS: LazyLock<WordList<()>> = LazyLock::new(|| {
    WordList::by_end(
        [
            "分公司",
            "支公司",
            "子公司",
            "分店",
            "分厂",
            "分部",
            "分院",
            "分校",
            "分行",
            "支行",
            "分社",
            "分所",
            "分中心",
            "分场",
            "分号",
            "办事处",
            "代表处",
            "联络处",
            "营业部",
            "营业厅",
            "项目部",
            "门市部",
            "经营部",
            "服务部",
            "销售部",
            "营销部",
            "事业部",
            "工程部",
            "加油站",
            "储蓄所",
            "分理处",
            "门店",
            "店",
            "厂",
            "酒店",
            "宾馆",
            "中心",
            "车间",
            "仓库",
            "基地",
            "工厂",
            "餐厅",
            "超市",
            "幼儿园",
            "学校",
            "站",
        ]
        .map(|word| (word, ())),
    )
});

/// Ends that say "branch" by themselves.
pub(super) static STANDALONE_BRANCH_WORDS: LazyLock<WordList<()>> = LazyLock::new(|| {
    WordList::by_end(
        [
            "分公司",
            "支公司",
            "分店",
            "分厂",
            "分部",
            "分院",
            "分校",
            "分行",
            "支行",
            "分社",
            "分所",
            "办事处",
            "代表处",
            "分理处",
            "分号",
        ]
        .map(|word| (word, ())),
    )
});
