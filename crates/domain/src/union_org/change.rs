//! 工会组织变更: what may hang under what, and whether a union may be moved, merged, split or dissolved.
//!
//! Facts in, a decision or a refusal in words out. Sources: 《工会法》第十一条 (levels), 第十三条 (dissolution); a 分会 or 小组
//! hangs below a base union and never has a legal person of its own.

use codes::time::Day;

use super::UnionType;
use crate::scope::{UnionPath, UnionPathError};

/// Levels that a union tree may have; one more is held back for the register's own numbering.
pub const DEPTH_MAX: usize = 11;

/// What a decision needs to know of a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Shown in refusals.
    pub name: String,
    /// 工会类型
    pub kind: UnionType,
    /// False once it is dissolved or merged away.
    pub is_active: bool,
    /// Where it hangs; `None`: nowhere.
    pub path: Option<UnionPath>,
    /// Levels from the union itself down to the deepest union below it; 1 when nothing is below.
    pub height: usize,
    /// The day from which it is as it is now: no change can take effect before. `None`: never changed here.
    pub since: Option<Day>,
    /// 建会日期
    pub founded: Option<Day>,
}

impl Standing {
    /// Reads the place as it is stored.
    ///
    /// # Errors
    /// When the stored text is no path.
    pub fn placed(path: Option<&str>) -> Result<Option<UnionPath>, UnionPathError> {
        path.map(UnionPath::parse).transpose()
    }
}

/// Why a change is refused, in words for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which part of the form it concerns: `parent`, `target`, `effective_on`, or nothing in particular.
    pub field: Option<&'static str>,
    /// The sentence.
    pub words: String,
}

fn refuse<T>(field: Option<&'static str>, words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        field,
        words: words.into(),
    })
}

/// Whether a union of the one kind may hang below one of the other.
///
/// General unions hang below general unions only; a 小组 below a base union or a 分会, a 分会 below a base union; everything else below
/// whatever is no 分会 and no 小组, since groups of companies have base unions below base unions.
pub fn may_hang(child: UnionType, parent: UnionType) -> bool {
    use UnionType as U;
    match child {
        U::General => parent == U::General,
        U::Industry => matches!(parent, U::General | U::Industry),
        U::Branch => matches!(
            parent,
            U::Single | U::Joint | U::Federation | U::Industry | U::Unknown
        ),
        U::Group => matches!(parent, U::Single | U::Joint | U::Branch | U::Unknown),
        U::Single | U::Joint | U::Federation | U::Unknown => !matches!(parent, U::Branch | U::Group),
    }
}

/// Whether a change may take effect on `day`.
///
/// # Errors
/// After today, before the union was founded, or before the change that made it what it is.
pub fn may_take_effect(union: &Standing, day: Day, today: Day) -> Result<(), Refusal> {
    let field = Some("effective_on");
    if day > today {
        return refuse(field, format!("生效日期不能晚于今天（{today}）"));
    }
    if let Some(founded) = union.founded.filter(|founded| day < *founded) {
        return refuse(
            field,
            format!("生效日期不能早于“{}”的建会日期（{founded}）", union.name),
        );
    }
    match union.since {
        Some(since) if day < since => refuse(
            field,
            format!("“{}”在 {since} 已有一次变更，新的变更不能早于它生效", union.name),
        ),
        _ => Ok(()),
    }
}

/// 调整上级工会: whether `union` may hang under `parent` instead.
///
/// # Errors
/// A dissolved union or parent, the same parent, a circle, kinds that do not fit, too many levels.
pub fn may_move(union: &Standing, parent: &Standing) -> Result<(), Refusal> {
    let field = Some("parent");
    if !union.is_active {
        return refuse(None, format!("“{}”已撤销，不能再调整上级", union.name));
    }
    if !parent.is_active {
        return refuse(field, format!("“{}”已撤销，不能作上级工会", parent.name));
    }
    let Some(over) = &parent.path else {
        return refuse(field, format!("“{}”自己还没有归属，不能作上级工会", parent.name));
    };
    if let Some(path) = &union.path {
        if path == over {
            return refuse(field, "工会不能作自己的上级");
        }
        if path.contains(over) {
            return refuse(field, format!("“{}”是本工会的下级，不能作它的上级", parent.name));
        }
        if path.parent().as_ref() == Some(over) {
            return refuse(field, format!("本工会现在的上级就是“{}”", parent.name));
        }
    }
    if !may_hang(union.kind, parent.kind) {
        return refuse(
            field,
            format!("{}不能挂在{}之下", union.kind.label(), parent.kind.label()),
        );
    }
    if over.depth() + union.height > DEPTH_MAX {
        return refuse(
            field,
            format!("调整后组织层级超过 {DEPTH_MAX} 级，请选择更上一级的工会"),
        );
    }
    Ok(())
}

/// 合并: whether `union` may be merged into `target`, with all that hangs on it.
///
/// # Errors
/// A dissolved one, itself, one below itself, kinds that do not fit, levels that would be too many.
pub fn may_merge(union: &Standing, target: &Standing) -> Result<(), Refusal> {
    let field = Some("target");
    if !union.is_active {
        return refuse(None, format!("“{}”已撤销，不能再合并", union.name));
    }
    if !target.is_active {
        return refuse(field, format!("“{}”已撤销，不能并入", target.name));
    }
    let Some(into) = &target.path else {
        return refuse(field, format!("“{}”还没有归属，不能并入", target.name));
    };
    if let Some(path) = &union.path {
        if path == into {
            return refuse(field, "工会不能并入自己");
        }
        if path.contains(into) {
            return refuse(
                field,
                format!("“{}”是本工会的下级；请先调整它的上级，再合并", target.name),
            );
        }
    }
    let is_general = |kind| kind == UnionType::General;
    if is_general(union.kind) != is_general(target.kind) {
        return refuse(field, "总工会只能与总工会合并，基层工会只能与基层工会合并");
    }
    if into.depth() + union.height > DEPTH_MAX {
        return refuse(
            field,
            format!("合并后组织层级超过 {DEPTH_MAX} 级，请先调整下级工会"),
        );
    }
    Ok(())
}

/// Whether unions of a kind are ever split: base unions and federations.
pub fn splits(kind: UnionType) -> bool {
    use UnionType as U;
    matches!(kind, U::Single | U::Joint | U::Federation | U::Unknown)
}

/// Whether anything without a legal person of its own, a 分会 or 小组, hangs below unions of a kind.
pub fn has_parts(kind: UnionType) -> bool {
    [UnionType::Branch, UnionType::Group]
        .into_iter()
        .any(|part| may_hang(part, kind))
}

/// 分立: whether a new union may be split off.
///
/// # Errors
/// A dissolved union; a general union, 分会 or 小组; one that hangs nowhere.
pub fn may_split(union: &Standing) -> Result<(), Refusal> {
    if !union.is_active {
        return refuse(None, format!("“{}”已撤销，不能分立", union.name));
    }
    if !splits(union.kind) {
        return refuse(
            None,
            format!("{}不能分立，只有基层工会和工会联合会可以", union.kind.label()),
        );
    }
    if union.path.as_ref().and_then(UnionPath::parent).is_none() {
        return refuse(None, format!("“{}”没有上级工会，请先调整上级", union.name));
    }
    Ok(())
}

/// 设立分会、小组: whether a part may be set up below a union; `kind` once it is known.
///
/// # Errors
/// A dissolved union; one that hangs nowhere, has no parts, or lies too deep; a kind that does not hang below it.
pub fn may_set_up(union: &Standing, kind: Option<UnionType>) -> Result<(), Refusal> {
    if !union.is_active {
        return refuse(None, format!("“{}”已撤销，不能设立分会、小组", union.name));
    }
    if !has_parts(union.kind) {
        return refuse(None, format!("{}之下不设分会、小组", union.kind.label()));
    }
    let Some(place) = &union.path else {
        return refuse(None, format!("“{}”还没有归属，请先调整上级", union.name));
    };
    if place.depth() >= DEPTH_MAX {
        return refuse(None, format!("组织层级已有 {DEPTH_MAX} 级，不能再设下级"));
    }
    match kind {
        Some(kind @ (UnionType::Branch | UnionType::Group)) if may_hang(kind, union.kind) => Ok(()),
        Some(kind @ (UnionType::Branch | UnionType::Group)) => refuse(
            Some("name"),
            format!("{}之下不设{}", union.kind.label(), kind.label()),
        ),
        Some(_) => refuse(
            Some("name"),
            "名称应以“分会”或“工会小组”结尾，如“第一车间分会”“装配线工会小组”",
        ),
        None => Ok(()),
    }
}

/// 撤销: whether a union may be dissolved. Members may stay behind (会籍可以继续保留, 《工会法》第十三条), unions below and accounts not.
///
/// # Errors
/// One that is dissolved already, has active unions below it or accounts that stand on it; a root.
pub fn may_dissolve(union: &Standing, active_below: i64, accounts: i64) -> Result<(), Refusal> {
    if !union.is_active {
        return refuse(None, format!("“{}”已经撤销", union.name));
    }
    if union.path.as_ref().is_some_and(|path| path.depth() == 1) {
        return refuse(None, "最上级的总工会不能撤销");
    }
    if active_below > 0 {
        return refuse(
            None,
            format!("下面还有 {active_below} 家在册工会，请先调整它们的上级，或改用合并"),
        );
    }
    if accounts > 0 {
        return refuse(
            None,
            format!("还有 {accounts} 个在用账号属于本工会，请先由管理员停用或改到别的工会"),
        );
    }
    Ok(())
}

/// 接收会员: whether another union may take over whom this one has left.
///
/// # Errors
/// A union that is not dissolved (its members move one by one, or with a merger); one without members.
pub fn may_take_over(union: &Standing, members: i64) -> Result<(), Refusal> {
    if union.is_active {
        return refuse(
            None,
            format!("“{}”没有撤销；会员逐人办理会籍接转，整体变更请用合并", union.name),
        );
    }
    if members == 0 {
        return refuse(None, format!("“{}”没有留下会员", union.name));
    }
    Ok(())
}

/// 调整产业隶属: whether `union` may belong to the line of `industry`. `chain` are the places in the industry line from `industry` upwards, by
/// the register's keys; `key` is the union's own.
///
/// The second line never replaces the territorial one: a union has one parent, and at most one industry union beside it.
///
/// # Errors
/// A dissolved one, itself, a circle of the second line, a kind that leads no line, the union's own territorial superior.
pub fn may_join_line(
    union: &Standing,
    key: &str,
    industry: &Standing,
    chain: &[String],
) -> Result<(), Refusal> {
    let field = Some("target");
    if !union.is_active {
        return refuse(None, format!("“{}”已撤销，不能再调整产业隶属", union.name));
    }
    if !industry.is_active {
        return refuse(field, format!("“{}”已撤销，不能作所属产业工会", industry.name));
    }
    match chain.iter().position(|above| above == key) {
        Some(0) => return refuse(field, "工会不能隶属自己"),
        Some(_) => {
            return refuse(
                field,
                format!(
                    "“{}”在本工会的产业线之下，不能反过来作它的产业工会",
                    industry.name
                ),
            );
        }
        None => {}
    }
    if !matches!(industry.kind, UnionType::Industry | UnionType::Federation) {
        return refuse(
            field,
            format!(
                "{}不带产业线，请选择产业（系统）工会或行业工会联合会",
                industry.kind.label()
            ),
        );
    }
    if let (Some(path), Some(over)) = (&union.path, &industry.path) {
        if over.contains(path) {
            return refuse(
                field,
                format!("“{}”已是本工会的属地上级，不用再登记产业隶属", industry.name),
            );
        }
        if path.contains(over) {
            return refuse(
                field,
                format!("“{}”是本工会的属地下级，不能作它的产业工会", industry.name),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    fn at(path: &str, kind: UnionType) -> Standing {
        Standing {
            name: format!("工会{path}"),
            kind,
            is_active: true,
            path: Some(UnionPath::parse(path).unwrap()),
            height: 1,
            since: None,
            founded: None,
        }
    }

    #[test]
    fn a_union_does_not_hang_under_itself_or_what_is_below_it() {
        let town = at("0000/0001/", UnionType::General);
        for (parent, says) in [
            ("0000/0001/", "自己的上级"),
            ("0000/0001/0002/", "下级"),
            ("0000/", "现在的上级"),
        ] {
            let refused = may_move(&town, &at(parent, UnionType::General)).unwrap_err();
            assert!(refused.words.contains(says), "{parent}: {}", refused.words);
            assert_eq!(refused.field, Some("parent"));
        }
        assert_eq!(may_move(&town, &at("0000/0002/", UnionType::General)), Ok(()));
    }

    #[test]
    fn the_second_line_has_no_circles_and_is_not_the_first_again() {
        let union = at("0000/0001/0002/", UnionType::Single);
        let chain = |keys: &[&str]| -> Vec<String> { keys.iter().map(|key| (*key).to_owned()).collect() };
        let industry = at("0000/0003/", UnionType::Industry);
        assert_eq!(
            may_join_line(&union, "U1", &industry, &chain(&["I1", "I2"])),
            Ok(())
        );
        for (other, keys, says) in [
            (&industry, vec!["U1"], "自己"),
            (&industry, vec!["I1", "U1"], "反过来"),
            (&at("0000/0003/", UnionType::General), vec!["G"], "不带产业线"),
            (&at("0000/0001/", UnionType::Industry), vec!["I3"], "属地上级"),
            (
                &at("0000/0001/0002/0000/", UnionType::Federation),
                vec!["F"],
                "属地下级",
            ),
        ] {
            let refused = may_join_line(&union, "U1", other, &chain(&keys)).unwrap_err();
            assert!(refused.words.contains(says), "{}", refused.words);
        }
    }

    #[test]
    fn kinds_hang_where_the_law_and_the_field_put_them() {
        use UnionType as U;
        for (child, parent, fits) in [
            (U::General, U::General, true),
            (U::General, U::Federation, false),
            (U::Single, U::General, true),
            (U::Single, U::Single, true),
            (U::Single, U::Branch, false),
            (U::Branch, U::Single, true),
            (U::Branch, U::General, false),
            (U::Group, U::Branch, true),
            (U::Group, U::General, false),
            (U::Industry, U::General, true),
            (U::Industry, U::Single, false),
        ] {
            assert_eq!(may_hang(child, parent), fits, "{child:?} under {parent:?}");
        }
    }

    #[test]
    fn a_change_takes_effect_between_the_last_one_and_today() {
        let today = day("2026-08-03");
        let union = Standing {
            since: Some(day("2026-03-01")),
            founded: Some(day("2020-05-01")),
            ..at("0000/0001/", UnionType::Single)
        };
        assert_eq!(may_take_effect(&union, day("2026-03-01"), today), Ok(()));
        assert_eq!(may_take_effect(&union, today, today), Ok(()));
        for (wrong, says) in [
            ("2026-08-04", "晚于今天"),
            ("2026-02-28", "已有一次变更"),
            ("2020-04-30", "建会日期"),
        ] {
            let refused = may_take_effect(&union, day(wrong), today).unwrap_err();
            assert!(refused.words.contains(says), "{wrong}: {}", refused.words);
        }
    }

    #[test]
    fn nobody_is_left_under_a_dissolved_union() {
        let union = at("0000/0001/0002/", UnionType::Single);
        assert!(
            may_dissolve(&union, 1, 0)
                .unwrap_err()
                .words
                .contains("1 家在册工会")
        );
        assert!(
            may_dissolve(&union, 0, 2)
                .unwrap_err()
                .words
                .contains("2 个在用账号")
        );
        assert_eq!(may_dissolve(&union, 0, 0), Ok(()));
        let gone = Standing {
            is_active: false,
            ..union
        };
        assert!(may_dissolve(&gone, 0, 0).is_err());
        assert!(may_dissolve(&at("0000/", UnionType::General), 0, 0).is_err());
    }

    #[test]
    fn parts_are_set_up_below_base_unions_by_their_names() {
        use UnionType as U;
        let base = at("0000/0001/0002/", U::Single);
        for (kind, says) in [
            (None, None),
            (Some(U::Branch), None),
            (Some(U::Group), None),
            (Some(U::Single), Some("结尾")),
            (Some(U::Unknown), Some("结尾")),
        ] {
            let decided = may_set_up(&base, kind);
            let words = decided.as_ref().err().map(|refused| refused.words.as_str());
            assert_eq!(words.is_some(), says.is_some(), "{kind:?}: {words:?}");
            assert!(says.is_none_or(|says| words.unwrap().contains(says)), "{words:?}");
        }
        // A group in a 分会 is common, a 分会 in a 分会 is not, and a group has nothing below it.
        let branch = at("0000/0001/0002/0000/", U::Branch);
        assert_eq!(may_set_up(&branch, Some(U::Group)), Ok(()));
        assert_eq!(
            may_set_up(&branch, Some(U::Branch)).unwrap_err().field,
            Some("name")
        );
        for never in [
            at("0000/0001/", U::General),
            at("0000/0001/0002/0000/", U::Group),
            Standing {
                is_active: false,
                ..base.clone()
            },
            Standing { path: None, ..base },
        ] {
            assert_eq!(may_set_up(&never, None).unwrap_err().field, None, "{never:?}");
        }
    }

    fn any_place() -> impl Strategy<Value = UnionPath> {
        prop::collection::vec(0u32..3, 1..DEPTH_MAX + 1).prop_map(|numbers| {
            numbers[1..]
                .iter()
                .fold(UnionPath::root(numbers[0]), |path, nth| path.child(*nth))
        })
    }

    proptest! {
        /// Whatever is allowed leaves a tree: nobody above themselves, nobody deeper than paths can be.
        #[test]
        fn an_allowed_move_makes_no_circle_and_no_overflow(child in any_place(), parent in any_place(), height in 1usize..6) {
            let union = Standing { height, ..at(child.as_str(), UnionType::Single) };
            let over = at(parent.as_str(), UnionType::Single);
            if may_move(&union, &over).is_ok() {
                prop_assert!(!child.contains(&parent));
                prop_assert!(parent.depth() + height <= DEPTH_MAX);
                prop_assert_ne!(child.parent(), Some(parent));
            }
        }

        /// A part that may be set up could be moved there as well, and there is a place for it.
        #[test]
        fn an_allowed_part_hangs_where_it_may(place in any_place(), base in any::<prop::sample::Index>(), part in any::<prop::sample::Index>()) {
            let base = at(place.as_str(), *base.get(&UnionType::ALL));
            let part = *part.get(&UnionType::ALL);
            if may_set_up(&base, Some(part)).is_ok() {
                prop_assert!(matches!(part, UnionType::Branch | UnionType::Group));
                prop_assert!(may_hang(part, base.kind));
                prop_assert!(place.depth() < DEPTH_MAX);
                let loose = Standing { path: None, ..at("0000/", part) };
                prop_assert_eq!(may_move(&loose, &base), Ok(()));
            }
        }
    }
}
