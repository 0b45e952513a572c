//! 共 N 条 / 每页 20 50 100 / 上一页 1 … 下一页.

use askama::Template;

use super::UrlQuery;

/// Page sizes that a list offers; another size in the address falls back to the first.
pub const SIZES: [u32; 3] = [20, 50, 100];

#[derive(Template, Debug, Clone)]
#[template(path = "pager.html")]
pub struct Pager {
    pub total: i64,
    pub page: u32,
    pub size: u32,
    pub query: UrlQuery,
    /// Sizes to choose from; none where the size is not a choice.
    pub choices: &'static [u32],
    /// For a list too long for numbered pages: it is turned from row to row.
    pub onward: Option<Onward>,
}

/// Where a list without numbered pages goes on.
#[derive(Debug, Clone)]
pub struct Onward {
    /// How many there are, in words.
    pub counted: String,
    /// Back to where it begins, from anywhere else.
    pub newest: Option<String>,
    pub older: Option<String>,
}

impl Pager {
    /// Page and size as the address asks, held within what is offered.
    pub fn read(query: &UrlQuery) -> (u32, u32) {
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<u32>().ok());
        let size = number("size")
            .filter(|size| SIZES.contains(size))
            .unwrap_or(SIZES[0]);
        (
            number("page")
                .filter(|page| (1..=100_000).contains(page))
                .unwrap_or(1),
            size,
        )
    }

    pub fn new(total: i64, query: &UrlQuery) -> Pager {
        let (page, size) = Pager::read(query);
        Pager {
            total,
            page,
            size,
            query: query.clone(),
            choices: &SIZES,
            onward: None,
        }
    }

    /// For a list of any length, the newest first, which is turned from row to row.
    pub fn onward(counted: String, newest: Option<String>, older: Option<String>) -> Pager {
        Pager {
            choices: &[],
            onward: Some(Onward {
                counted,
                newest,
                older,
            }),
            ..Pager::new(0, &UrlQuery::default())
        }
    }

    /// For a list whose page size is not a choice.
    pub fn fixed(total: i64, query: &UrlQuery, size: u32) -> Pager {
        Pager {
            size,
            choices: &[],
            ..Pager::new(total, query)
        }
    }

    fn last(&self) -> u32 {
        u32::try_from((self.total.max(1) as u64).div_ceil(u64::from(self.size))).unwrap_or(u32::MAX)
    }

    fn url(&self, page: u32) -> String {
        if page == 1 {
            self.query.with("page", "").url()
        } else {
            self.query.with("page", &page.to_string()).url()
        }
    }

    /// Nothing to choose where everything stands on the shortest page.
    fn sizes(&self) -> Vec<Link> {
        let choices = self.choices.iter();
        choices
            .filter(|_| self.total > i64::from(SIZES[0]))
            .map(|size| Link {
                label: size.to_string(),
                url: self.query.with("page", "").with("size", &size.to_string()).url(),
                is_on: *size == self.size,
            })
            .collect()
    }

    fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.url((self.page - 1).min(self.last())))
    }

    fn following(&self) -> Option<String> {
        (self.page < self.last()).then(|| self.url(self.page + 1))
    }

    /// First, last and the neighbours; `…` is a gap.
    fn steps(&self) -> Vec<Link> {
        let last = self.last();
        let mut steps = Vec::new();
        let mut before = 0;
        for page in (1..=last).filter(|page| *page == 1 || *page == last || page.abs_diff(self.page) <= 1) {
            if page > before + 1 {
                steps.push(Link {
                    label: "…".to_owned(),
                    url: String::new(),
                    is_on: false,
                });
            }
            steps.push(Link {
                label: page.to_string(),
                url: self.url(page),
                is_on: page == self.page,
            });
            before = page;
        }
        steps
    }
}

/// One choice of the pager.
struct Link {
    label: String,
    url: String,
    is_on: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_shows_first_last_and_neighbours() {
        let pager = Pager::new(50_000, &UrlQuery::read("/worklist/task", "page=7&size=50"));
        let labels: Vec<String> = pager.steps().into_iter().map(|step| step.label).collect();
        assert_eq!(labels, ["1", "…", "6", "7", "8", "…", "1000"]);
    }

    #[test]
    fn an_odd_size_falls_back() {
        assert_eq!(Pager::read(&UrlQuery::read("/", "size=9999&page=0")), (1, 20));
    }
}
