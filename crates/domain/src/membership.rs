//! 会籍: the further columns of the national collection form that a membership may carry.

/// Columns of 工会会员信息采集表 that are kept as written beside a membership, by their Chinese heads.
pub const FORM_COLUMNS: [&str; 16] = [
    "性别",
    "出生日期",
    "民族",
    "就业状况",
    "有效证件类别",
    "学历",
    "技术等级",
    "户籍类型",
    "户籍所在地",
    "会籍变化类型",
    "会籍变化日期",
    "会籍变化原因",
    "政治面貌",
    "工作单位",
    "籍贯",
    "是否农民工会员",
];
