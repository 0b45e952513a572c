//! Shape keys: characters that the eye confuses become one, so that 己 typed for 已 does not part two names.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Groups of look-alikes; the first of each stands for all. Only pairs that clerks and optical readers confuse are
/// here: a group that is too wide would bring different names together.
const GROUPS: &[&str] = &[
    "己已巳",
    "未末",
    "日曰",
    "戊戌戍",
    "沪泸",
    "土士",
    "人入",
    "大太犬",
    "千干于",
    "天夭",
    "刀刁",
    "乌鸟",
    "免兔",
    "午牛",
    "王玉",
    "田由甲申",
    "木本",
    "晴睛",
    "侯候",
    "崇祟",
    "享亨",
    "令今",
    "治冶",
    "洁沽",
    "辨辩辫",
    "赢嬴羸",
    "竟竞",
    "微徽",
    "拔拨",
    "玲铃",
    "扬杨",
    "陈阵",
    "徐除",
    "坚竖",
    "健键",
    "锋烽峰蜂",
    "伟玮炜",
    "凤风",
    "贝见",
    "历厉",
    "住佳",
    "便使",
    "诚城",
    "博搏",
    "孟盂",
    "恒桓",
    "宜宣",
    "彬林",
    "壁璧",
    "密蜜",
    "幕慕暮墓",
    "滨宾",
    "瑞端",
    "籍藉",
    "沁泌",
    "浙淅",
    "洪供",
    "清情",
    "昊吴",
    "祥样",
    "桦烨",
    "析折",
    "汆籴",
    "暖暧",
    "戎戒",
    "爪瓜",
    "弋戈",
    "圆园",
    "尤龙",
    "季李",
    "酉西",
    "旦且",
    "壬王",
    "禾木",
    "炙灸",
    "粟栗",
    "茶荼",
    "母毋",
    "亳毫",
    "梁粱",
    "涂徐",
    "钩钓",
    "驰弛",
    "鸣呜",
    "东乐",
    "泰秦奉",
    "甬角",
    "宇字",
    "矛予",
    "斤斥",
    "枝技",
    "枚牧",
    "抡抢",
    "汩汨",
    "柏拍",
    "胄胃",
    "苑范",
    "莱菜",
    "萧箫",
    "柱桂",
    "班斑",
    "0OoQD",
    "1IlL",
    "2Z",
    "5S",
    "8B",
];

static LEADERS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let mut leaders: HashMap<char, char> = HashMap::new();
    for group in GROUPS {
        // A character may stand in two groups (王, 木): both then share the leader of the first.
        let Some(first) = group
            .chars()
            .find_map(|c| leaders.get(&c).copied())
            .or_else(|| group.chars().next())
        else {
            continue;
        };
        for c in group.chars() {
            leaders.entry(c).or_insert(first);
        }
    }
    leaders
});

/// The text with every look-alike replaced by one of its group. Give it a normalised text.
pub fn shape_key(text: &str) -> String {
    let leaders = &*LEADERS;
    text.chars()
        .map(|c| leaders.get(&c).copied().unwrap_or(c))
        .collect()
}
