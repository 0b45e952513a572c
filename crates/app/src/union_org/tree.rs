//! The tree of unions, a branch at a time (组织树). Nobody is sent more of it than they open.

use domain::permission::Action;
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use store::Reader;
use store::union_org::TreeNode;

use super::union_in_sight;
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;

/// Children that one branch shows; more come on request.
const BRANCH_MAX: usize = 200;

/// One union in the tree, and its branch where it is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Twig {
    pub union_id: String,
    pub name: String,
    pub union_type: UnionType,
    pub is_active: bool,
    /// Its own members, without those below.
    pub members: i64,
    /// Unions directly below it.
    pub children: i64,
    pub branch: Option<Branch>,
}

/// Children of one union, or the tops of the tree.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Branch {
    pub twigs: Vec<Twig>,
    /// The register's key of the last child shown, when there are more.
    pub more_after: Option<String>,
}

/// The tree as somebody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub top: Branch,
    /// Unions that hang under no one, for those who see them.
    pub without_place: i64,
}

/// The tree from the top of the asker's sight, open down to one union and its children. Without a union the tops are open.
///
/// # Errors
/// `UNI-404` when there is no such union in sight.
pub async fn tree(op: &OpContext, app: &App, open: Option<&str>) -> Result<Tree, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let open_at = match open {
        Some(union_id) => union_in_sight(op, &mut reader, union_id).await?.1,
        None => None,
    };
    let tops = reader.tree_top(op.scope(), None, BRANCH_MAX as i64 + 1).await?;
    let is_single = tops.len() == 1;
    let (mut top, places) = branch_of(tops);
    for (twig, place) in top.twigs.iter_mut().zip(places) {
        let is_on_the_way = open_at.as_ref().is_some_and(|at| place.contains(at));
        let opens = is_on_the_way || (is_single && open_at.is_none());
        if opens && op.scope().contains_branch(&place) {
            unfold(&mut reader, twig, place, open_at.as_ref()).await?;
        }
    }
    let without_place = if op.sees(None) {
        reader.unions_without_place().await?
    } else {
        0
    };
    Ok(Tree { top, without_place })
}

/// Opens the way from a union down to `open_at`, a level at a time.
async fn unfold(
    reader: &mut Reader,
    from: &mut Twig,
    mut place: UnionPath,
    open_at: Option<&UnionPath>,
) -> Result<(), AppError> {
    let mut at = from;
    loop {
        // The one on the way may lie behind the first two hundred: the branch then begins with it.
        let next = open_at.and_then(|goal| step_towards(&place, goal));
        let nodes = reader.tree_branch(&place, None, BRANCH_MAX as i64 + 1).await?;
        let (mut branch, mut places) = branch_of(nodes);
        if let Some(next) = &next
            && !places.contains(next)
        {
            let before = &next.as_str()[..next.as_str().len() - 1];
            let nodes = reader
                .tree_branch(&place, Some(before), BRANCH_MAX as i64 + 1)
                .await?;
            (branch, places) = branch_of(nodes);
        }
        let found = next.and_then(|next| places.iter().position(|place| *place == next));
        at.branch = Some(branch);
        let (Some(nth), Some(branch)) = (found, at.branch.as_mut()) else {
            return Ok(());
        };
        at = &mut branch.twigs[nth];
        place = places.swap_remove(nth);
    }
}

/// The child of `place` on the way to `goal`.
fn step_towards(place: &UnionPath, goal: &UnionPath) -> Option<UnionPath> {
    let mut at = goal.clone();
    while let Some(above) = at.parent() {
        if above == *place {
            return Some(at);
        }
        at = above;
    }
    None
}

/// The children of one union after another one of them. 展开下级
///
/// # Errors
/// `UNI-404` when there is no such union in sight.
pub async fn branch(
    op: &OpContext,
    app: &App,
    union_id: &str,
    after: Option<&str>,
) -> Result<Branch, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let Some(place) = union_in_sight(op, &mut reader, union_id).await?.1 else {
        return Ok(Branch::default());
    };
    // Of a union that is in sight alone nothing below is.
    if !op.scope().contains_branch(&place) {
        return Ok(Branch::default());
    }
    let after = match after {
        Some(after) => union_in_sight(op, &mut reader, after).await?.1,
        None => None,
    };
    let after = after.as_ref().map(UnionPath::as_str);
    let nodes = reader.tree_branch(&place, after, BRANCH_MAX as i64 + 1).await?;
    Ok(branch_of(nodes).0)
}

/// Unions directly below one, or the tops of the tree, after a place of the branch, each with its place, and how many there are in
/// all. A place sorts where it is whatever comes or goes meanwhile.
///
/// # Errors
/// `UNI-404` when there is no such union in sight.
pub async fn branch_after(
    op: &OpContext,
    app: &App,
    under: Option<&str>,
    after: &After,
) -> Result<(Vec<(UnionPath, Twig)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (from, limit) = (after.key.as_deref(), i64::from(after.limit));
    let (nodes, total) = match under {
        None => (
            reader.tree_top(op.scope(), from, limit).await?,
            reader.tree_top_count(op.scope()).await?,
        ),
        Some(union_id) => match union_in_sight(op, &mut reader, union_id).await?.1 {
            // Of a union that is in sight alone nothing below is.
            Some(place) if op.scope().contains_branch(&place) => (
                reader.tree_branch(&place, from, limit).await?,
                reader.tree_branch_count(&place).await?,
            ),
            _ => (Vec::new(), 0),
        },
    };
    Ok((placed(nodes), total))
}

fn placed(nodes: Vec<TreeNode>) -> Vec<(UnionPath, Twig)> {
    let places = nodes.into_iter().filter_map(|node| {
        let place = UnionPath::parse(&node.path).ok()?;
        Some((place, twig_of(node)))
    });
    places.collect()
}

fn branch_of(mut nodes: Vec<TreeNode>) -> (Branch, Vec<UnionPath>) {
    let is_more = nodes.len() > BRANCH_MAX;
    nodes.truncate(BRANCH_MAX);
    let more_after = nodes.last().filter(|_| is_more).map(|node| node.union_id.clone());
    let (places, twigs) = placed(nodes).into_iter().unzip();
    (Branch { twigs, more_after }, places)
}

fn twig_of(node: TreeNode) -> Twig {
    Twig {
        union_type: UnionType::from_code(&node.union_type).unwrap_or(UnionType::Unknown),
        union_id: node.union_id,
        name: node.name,
        is_active: node.is_active,
        members: node.members,
        children: node.children,
        branch: None,
    }
}
