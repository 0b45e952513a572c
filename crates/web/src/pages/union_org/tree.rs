//! 组织树: opens a branch at a time; a plain link without script.

use app::union_org::tree::{self, Branch, Twig};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use crate::http::{Fault, Person, Web, page};
use crate::ui::{Frame, Here, UrlQuery, number};

#[derive(Template)]
#[template(path = "union_org/tree.html")]
pub struct TreePage {
    pub frame: Frame,
    pub top: BranchPart,
    /// How many hang under no one, in words.
    pub without_place: Option<String>,
}

#[derive(Template)]
#[template(path = "union_org/branch.html")]
pub struct BranchPart {
    pub twigs: Vec<TwigPart>,
    /// Where further children are, when there are more: as a part, and as a page.
    pub more: Option<String>,
    pub more_href: String,
}

pub struct TwigPart {
    pub key: String,
    pub name: String,
    pub href: String,
    /// 类型, members, state.
    pub about: String,
    /// 下级 n 家.
    pub below: Option<String>,
    /// The tree's page with this union open.
    pub open_href: String,
    /// Its children alone.
    pub part_href: String,
    pub branch: Option<BranchPart>,
    /// This is the union that was asked for.
    pub is_asked: bool,
}

/// `GET /union/tree?open=ID`.
pub async fn tree(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/union/tree", &query.unwrap_or_default());
    let open = query.get("open");
    let found = tree::tree(&person.op, &web.app, open).await?;
    page(&TreePage {
        frame: person.frame(&web, "组织树", Here::UnionOrg).await?,
        top: part_of(&found.top, None, open),
        without_place: (found.without_place > 0).then(|| number(found.without_place)),
    })
}

/// `GET /union/{id}/branch?after=ID`: the part that a click fetches.
pub async fn branch(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/", &query.unwrap_or_default());
    let found = tree::branch(&person.op, &web.app, &id, query.get("after")).await?;
    page(&part_of(&found, Some(&id), None))
}

fn part_of(branch: &Branch, parent: Option<&str>, asked: Option<&str>) -> BranchPart {
    BranchPart {
        more_href: branch.more_after.as_deref().map_or_else(String::new, |after| {
            UrlQuery::default().at("/union/tree").with("open", after).url()
        }),
        more: parent.zip(branch.more_after.as_deref()).map(|(parent, after)| {
            UrlQuery::default()
                .at(format!("/union/{parent}/branch"))
                .with("after", after)
                .url()
        }),
        twigs: branch.twigs.iter().map(|twig| twig_of(twig, asked)).collect(),
    }
}

fn twig_of(twig: &Twig, asked: Option<&str>) -> TwigPart {
    let mut about = twig.union_type.label().to_owned();
    if twig.members > 0 {
        about.push_str(&format!(" · 会员 {}", number(twig.members)));
    }
    if !twig.is_active {
        about.push_str(" · 已撤销");
    }
    TwigPart {
        href: format!("/union/{}", twig.union_id),
        below: (twig.children > 0).then(|| format!("下级 {} 家", number(twig.children))),
        open_href: UrlQuery::default()
            .at("/union/tree")
            .with("open", &twig.union_id)
            .url(),
        part_href: format!("/union/{}/branch", twig.union_id),
        branch: twig
            .branch
            .as_ref()
            .map(|branch| part_of(branch, Some(&twig.union_id), asked)),
        is_asked: asked == Some(twig.union_id.as_str()),
        key: twig.union_id.clone(),
        name: twig.name.clone(),
        about,
    }
}
