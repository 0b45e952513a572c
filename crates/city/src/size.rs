//! How big a city is.

use std::fmt;
use std::str::FromStr;

/// The sizes that `gonghui demo --scale` offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 300 unions, 40,000 members, 15,000 enterprises: seconds.
    Small,
    /// 1,700 unions, 250,000 members, 100,000 enterprises.
    County,
    /// Half of the city in every count, its towns all there: what shows how a figure grows with the rows.
    HalfCity,
    /// 27,300 unions, 3.78 million members, 1.5 million enterprises: Ningbo as the newspaper tells it.
    City,
}

impl Scale {
    /// The counts behind the name.
    pub fn size(self) -> Size {
        match self {
            Scale::Small => Size {
                unions: 300,
                members: 40_000,
                enterprises: 15_000,
                tax: 10_000,
                drivers: 400,
                towns_per_county: Some(3),
            },
            Scale::County => Size {
                unions: 1_700,
                members: 250_000,
                enterprises: 100_000,
                tax: 67_000,
                drivers: 2_500,
                towns_per_county: Some(8),
            },
            Scale::HalfCity => Size {
                unions: 13_650,
                members: 1_890_000,
                enterprises: 750_000,
                tax: 500_000,
                drivers: 15_000,
                towns_per_county: None,
            },
            Scale::City => Size {
                unions: 27_300,
                members: 3_780_000,
                enterprises: 1_500_000,
                tax: 1_000_000,
                drivers: 30_000,
                towns_per_county: None,
            },
        }
    }
}

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "small" => Ok(Scale::Small),
            "county" => Ok(Scale::County),
            "half-city" => Ok(Scale::HalfCity),
            "city" => Ok(Scale::City),
            other => Err(format!(
                "no scale '{other}': use small, county, half-city or city"
            )),
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scale::Small => "small",
            Scale::County => "county",
            Scale::HalfCity => "half-city",
            Scale::City => "city",
        })
    }
}

/// Row counts of a city. Unions, members and enterprises come out exactly; insurance rows follow from the staff.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Rows of the union register, the 总工会 of city, counties and towns among them.
    pub unions: u32,
    /// Rows of the member register (memberships).
    pub members: u32,
    /// Rows of the market register.
    pub enterprises: u32,
    /// Rows of the wage declarations.
    pub tax: u32,
    /// Rows of the road transport register.
    pub drivers: u32,
    /// How many towns of each county take part; all where absent.
    pub towns_per_county: Option<usize>,
}
