//! Dirty addresses with the county that they still tell: what clerks leave out, old names, zones, roads named after
//! other counties, and places elsewhere that are called like ours.

use crate::dice::Dice;
use crate::dirt::name::traditional;
use crate::employer::Address;
use crate::places::Places;
use crate::words::places::{ELSEWHERE, NAMESAKE_ROADS, ZONES};

/// An address as written, and the truth about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) text: String,
    /// The county that the text tells; `None` where it tells none of Zhejiang's.
    pub(crate) county: Option<u32>,
    pub(crate) kind: &'static str,
}

/// Writes a true address with one kind of dirt. `is_only` tells whether a town's name is borne by no other of the
/// province.
pub(crate) fn dirtied(
    places: &Places,
    address: &Address,
    is_only: impl Fn(&str) -> bool,
    dice: &mut Dice,
) -> Written {
    let own = Parts::of(places, address);
    let told = Some(own.code);
    let (kind, county, text) =
        match dice.weighted(&[24.0, 10.0, 14.0, 8.0, 8.0, 5.0, 6.0, 4.0, 5.0, 8.0, 4.0, 4.0]) {
            0 => ("whole", told, own.whole()),
            1 => ("county first", told, own.join("", &own.county, &own.town)),
            2 => ("suffixes dropped", told, own.without_suffixes(dice)),
            3 => (
                "town alone",
                told.filter(|_| is_only(&own.town)),
                own.join("", "", &own.town),
            ),
            4 => (
                "former county",
                told,
                own.join("宁波市", own.former_county(), &own.town),
            ),
            5 => ("road alone", None, own.behind.clone()),
            6 => {
                let road = dice.pick(NAMESAKE_ROADS);
                (
                    "road of another place",
                    told,
                    format!("宁波市{}{road}{}号", own.county, 1 + dice.below(400)),
                )
            }
            7 => {
                let road = dice.pick(NAMESAKE_ROADS);
                (
                    "road of another place alone",
                    None,
                    format!("{road}{}号", 1 + dice.below(400)),
                )
            }
            8 => {
                let (zone, county) = ZONES[dice.below(ZONES.len() as u64) as usize];
                ("zone", county, format!("宁波{zone}{}", own.behind))
            }
            9 => ("full width and blanks", told, full_width(&own.whole(), dice)),
            10 => ("traditional characters", told, traditional(&own.whole())),
            _ => {
                let (place, county) = ELSEWHERE[dice.below(ELSEWHERE.len() as u64) as usize];
                ("elsewhere", county, format!("{place}{}", own.behind))
            }
        };
    Written { text, county, kind }
}

/// A true address, in words.
struct Parts {
    code: u32,
    town_code: u64,
    county: String,
    town: String,
    /// Park, road, number and room.
    behind: String,
}

impl Parts {
    fn of(places: &Places, address: &Address) -> Parts {
        let county = places.county_of(address.town);
        let town = &places.towns[address.town];
        Parts {
            code: county.code,
            town_code: town.code,
            county: county.name.clone(),
            town: town.name.clone(),
            behind: format!(
                "{}{}{}号{}",
                address.park.unwrap_or(""),
                address.road,
                address.number,
                address.room
            ),
        }
    }

    fn join(&self, city: &str, county: &str, town: &str) -> String {
        format!("{city}{county}{town}{}", self.behind)
    }

    fn whole(&self) -> String {
        self.join("浙江省宁波市", &self.county, &self.town)
    }

    /// 宁波宁海西店镇…, 宁海西店…
    fn without_suffixes(&self, dice: &mut Dice) -> String {
        let county = self.county.trim_end_matches(['区', '县', '市']);
        let short_town = self.town.trim_end_matches("街道").trim_end_matches(['镇', '乡']);
        let city = dice.pick(&["浙江省宁波", "宁波", "浙江宁波", ""]);
        // A town of one character keeps its suffix.
        let town = if short_town.chars().count() > 1 && dice.chance(0.3) {
            short_town
        } else {
            &self.town
        };
        self.join(city, county, town)
    }

    /// The county's name before it was raised, renamed or merged.
    fn former_county(&self) -> &str {
        /// What belonged to 鄞州 until 2016.
        const MOVED: std::ops::RangeInclusive<u64> = 330_203_100..=330_203_200;
        match self.code {
            330_203 if MOVED.contains(&self.town_code) => "鄞州区",
            330_211 => "镇海县",
            330_212 if self.town.ends_with("街道") => "江东区",
            330_212 => "鄞县",
            330_213 => "奉化市",
            330_281 => "余姚县",
            330_282 => "慈溪县",
            _ => &self.county,
        }
    }
}

/// Digits and brackets of full width, a blank or a comma between the levels.
fn full_width(text: &str, dice: &mut Dice) -> String {
    let gap = dice.pick(&["", " ", "　", "，"]);
    let mut written = String::new();
    for (at, letter) in text.chars().enumerate() {
        match letter {
            '0'..='9' => written.extend(char::from_u32(u32::from(letter) + 0xfee0)),
            _ => written.push(letter),
        }
        // Behind 浙江省 and 宁波市.
        if at == 2 || at == 5 {
            written.push_str(gap);
        }
    }
    written
}
