//! Surnames (姓氏): where a Chinese name begins to be the given name, which people call each other by.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::reading::part_readings;

/// Surnames of one character: the hundred most borne (公安部《二〇二〇年全国姓名报告》) in the order of how many bear them, then those of
/// 《百家姓》, then others that are met today. In normal form.
const SINGLE: &str = "\
     王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖\
     石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤褚卫尤施华戚喻柏水窦章云葛奚郎鲁昌苗凤\
     花俞柳酆鲍费廉岑倪滕殷毕邬安乐时傅皮卞齐康伍元卜平和穆萧湛祁禹狄米贝明臧计伏成谈茅庞纪舒屈项祝阮蓝闵席季麻强路娄危童颜梅\
     盛刁骆樊凌霍虞支柯昝管经房裘缪干解应宗宣贲郁单杭洪包诸左吉钮嵇邢滑裴荣翁荀羊惠甄曲家封芮羿储靳汲邴糜松井富巫乌焦巴弓牧隗\
     山谷车宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖符景詹束幸司韶郜蓟薄印宿怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟贡劳\
     逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容古易慎戈庾终暨居衡步都耿满弘匡国文寇广\
     禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公仉督晋楚法汝鄢涂钦归\
     海岳帅缑亢况有琴商牟佘佴伯赏墨哈谯笪年爱阳佟言福兰代邸苟仝丛麦辜冼邝官战隋历修衣由初矫揭母粟税谌敏买虎拜妥者回撒闪冶才闭\
     零卿侬刀寸杞普盘区亓尧原招呼门线占宾但药栗巨肇宛朴呙庹郄郇鹿雒青靖骞黑尉种员召繁折操恽弋先化南图展鲜楼漆畅禤秘端粘纳练腾\
     良苑菅萨虢衷要豆豪迟随镇镡长陀";

/// Surnames of two characters: those of 《百家姓》 and others that are met today, the most borne first.
const COMPOUND: &str = "\
     欧阳 上官 司马 诸葛 夏侯 皇甫 东方 尉迟 公孙 慕容 司徒 令狐 端木 宇文 长孙 独孤 南宫 呼延 司空 申屠 \
     淳于 澹台 万俟 轩辕 赫连 濮阳 单于 太叔 公羊 公冶 宗政 仲孙 钟离 鲜于 闾丘 亓官 司寇 子车 颛孙 巫马 \
     公西 漆雕 乐正 壤驷 公良 拓跋 夹谷 宰父 谷梁 段干 百里 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 伯赏 \
     第五 闻人 纳兰 完颜 叶赫 那拉 北堂 即墨 西陵 欧侯 哥舒 耶律 达奚";

static SURNAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let single = SINGLE
        .char_indices()
        .map(|(at, c)| &SINGLE[at..at + c.len_utf8()]);
    single.chain(COMPOUND.split(' ')).collect()
});

/// Surnames that sound alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurnameRead {
    /// Their pinyin without tones, as it is typed.
    pub reading: String,
    /// Its initials: one letter, of a surname of two characters two.
    pub initials: String,
    /// The surnames themselves, one behind the other.
    pub surnames: String,
    /// Characters that each has.
    pub width: usize,
}

static READ: LazyLock<Vec<SurnameRead>> = LazyLock::new(|| {
    let mut found: Vec<SurnameRead> = Vec::new();
    let mut known: HashMap<(String, usize), usize> = HashMap::new();
    for surname in surnames() {
        let width = surname.chars().count();
        for (reading, initials) in part_readings(surname) {
            let at = *known.entry((reading.clone(), width)).or_insert(found.len());
            match found.get_mut(at) {
                Some(alike) => alike.surnames.push_str(surname),
                None => found.push(SurnameRead {
                    reading,
                    initials,
                    surnames: (*surname).to_owned(),
                    width,
                }),
            }
        }
    }
    found
});

/// Every known surname in normal form, the most borne first.
pub fn surnames() -> &'static [&'static str] {
    &SURNAMES
}

/// The same by how they are read; one that is read in two ways is there twice.
pub fn surnames_read() -> &'static [SurnameRead] {
    &READ
}

/// What is left of a name in normal form behind its surname. 欧阳明 may be Mr 欧 or Mr 欧阳, so both are given.
pub fn given_names(name: &str) -> impl Iterator<Item = &str> {
    let starts = name.char_indices().skip(1).take(2).map(|(at, _)| at);
    starts.filter(|at| is_surname(&name[..*at])).map(|at| &name[at..])
}

fn is_surname(text: &str) -> bool {
    static KNOWN: LazyLock<std::collections::HashSet<&'static str>> =
        LazyLock::new(|| surnames().iter().copied().collect());
    KNOWN.contains(text)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::text::person_name;

    #[test]
    fn every_surname_stands_once_and_in_normal_form() {
        let mut known = HashSet::new();
        for surname in surnames() {
            assert_eq!(person_name(surname), *surname);
            assert!(known.insert(surname), "{surname} twice");
        }
        assert!(surnames().len() > 600, "{}", surnames().len());
        assert_eq!(surnames()[0], "王");
    }

    #[test]
    fn a_given_name_is_what_follows_the_surname() {
        for (name, given) in [
            ("王小明", &["小明"][..]),
            ("王明", &["明"]),
            ("欧阳娜娜", &["阳娜娜", "娜娜"]),
            ("诸葛亮", &["葛亮", "亮"]),
            ("上官婉儿", &["婉儿"]),
            ("欧阳", &["阳"]),
            ("王", &[]),
            ("𠮷田", &[]),
            ("", &[]),
            ("JOHNSMITH", &[]),
        ] {
            assert_eq!(given_names(name).collect::<Vec<_>>(), given, "{name}");
        }
    }

    #[test]
    fn surnames_that_sound_alike_stand_together() {
        let read = |reading: &str, width: usize| {
            let found = surnames_read()
                .iter()
                .find(|one| one.reading == reading && one.width == width);
            found.map(|one| (one.initials.as_str(), one.surnames.as_str()))
        };
        assert!(read("wang", 1).is_some_and(|(initials, all)| initials == "w" && all.starts_with("王汪")));
        assert!(read("zeng", 1).is_some_and(|(_, all)| all.contains('曾')));
        assert!(read("ceng", 1).is_some_and(|(_, all)| all.contains('曾')));
        assert_eq!(read("ouyang", 2), Some(("oy", "欧阳")));
        assert_eq!(read("yuchi", 2), Some(("yc", "尉迟")));
    }
}
