//! The city's places: Ningbo's ten counties (区县) and their towns and streets (街道乡镇), with a weight each.

use crate::dice::mix;

/// A county-level division (区县).
#[derive(Debug, Clone)]
pub(crate) struct County {
    pub(crate) code: u32,
    pub(crate) name: String,
}

impl County {
    /// The name without 区, 县 or 市.
    pub(crate) fn short(&self) -> &str {
        self.name.trim_end_matches(['区', '县', '市'])
    }
}

/// A town or street (街道乡镇).
#[derive(Debug, Clone)]
pub(crate) struct Town {
    /// Nine-digit statistical code.
    pub(crate) code: u64,
    pub(crate) name: String,
    /// Position in [`Places::counties`].
    pub(crate) county: usize,
    weight: f64,
}

impl Town {
    /// The name without 街道, 镇 or 乡.
    pub(crate) fn short(&self) -> &str {
        self.name.trim_end_matches("街道").trim_end_matches(['镇', '乡'])
    }
}

/// Where the counties lie, roughly.
const CENTRES: &[(u32, f64, f64)] = &[
    (330_203, 121.50, 29.85),
    (330_205, 121.48, 29.95),
    (330_206, 121.84, 29.88),
    (330_211, 121.65, 29.97),
    (330_212, 121.60, 29.80),
    (330_213, 121.38, 29.64),
    (330_225, 121.86, 29.45),
    (330_226, 121.43, 29.30),
    (330_281, 121.15, 30.03),
    (330_282, 121.30, 30.18),
];

/// All places of one city.
pub(crate) struct Places {
    pub(crate) counties: Vec<County>,
    pub(crate) towns: Vec<Town>,
    /// Running sums of the towns' weights.
    sums: Vec<f64>,
}

/// The town of the story (西店镇 in 宁海县) and the street of the second one (段塘街道 in 海曙区): in every scale.
pub(crate) const STORY_TOWN: u64 = 330_226_111;
const SECOND_TOWN: u64 = 330_203_007;

impl Places {
    /// All towns, or the heaviest `per_county` of each county (the two story towns always among them).
    pub(crate) fn new(per_county: Option<usize>) -> Self {
        let divisions = codes::division::Divisions::shipped();
        let mut places = Self {
            counties: Vec::new(),
            towns: Vec::new(),
            sums: Vec::new(),
        };
        for (county_code, name) in divisions.counties_of(3302) {
            let at = places.counties.len();
            places.counties.push(County {
                code: county_code,
                name: name.to_owned(),
            });
            let mut towns: Vec<Town> = divisions
                .towns_of(county_code)
                .into_iter()
                .map(|(code, name)| Town {
                    code,
                    name: name.to_owned(),
                    county: at,
                    weight: weight_of(code),
                })
                .collect();
            towns.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.code.cmp(&b.code)));
            towns.truncate(per_county.unwrap_or(usize::MAX));
            towns.sort_by_key(|town| town.code);
            places.towns.extend(towns);
        }
        let mut sum = 0.0;
        for town in &places.towns {
            sum += town.weight;
            places.sums.push(sum);
        }
        places
    }

    /// The town where a uniform value in [0, 1) falls.
    pub(crate) fn town_at(&self, unit: f64) -> usize {
        let total = self.sums.last().copied().unwrap_or(0.0);
        self.sums
            .partition_point(|sum| *sum <= unit * total)
            .min(self.towns.len() - 1)
    }

    /// The county of a town.
    pub(crate) fn county_of(&self, town: usize) -> &County {
        &self.counties[self.towns[town].county]
    }

    /// Longitude and latitude of a thing in a town (WGS-84 degrees, schematic: near the county's seat).
    pub(crate) fn point(&self, town: usize, thing: u64) -> (f64, f64) {
        let county = self.county_of(town).code;
        let (lon, lat) = CENTRES
            .iter()
            .find(|(code, ..)| *code == county)
            .map_or((121.55, 29.87), |(_, lon, lat)| (*lon, *lat));
        let spread = |key: u64, width: f64| ((mix(key) % 10_000) as f64 / 10_000.0 - 0.5) * width;
        let code = self.towns[town].code;
        let near = code.wrapping_mul(1_000_003) ^ thing.wrapping_mul(0x51_7C_C1);
        (
            lon + spread(code, 0.2) + spread(near, 0.04),
            lat + spread(code ^ 0xFF, 0.16) + spread(near ^ 0xFF, 0.03),
        )
    }

    /// The town of the story.
    pub(crate) fn story_town(&self) -> usize {
        self.towns
            .iter()
            .position(|town| town.code == STORY_TOWN)
            .expect("the story's town is in every scale")
    }
}

/// Streets are heavier than towns, towns than 乡; the rest is chance fixed by the code, the same for every seed.
fn weight_of(code: u64) -> f64 {
    if code == STORY_TOWN || code == SECOND_TOWN {
        return 2.4;
    }
    let base = match code % 1000 {
        0..100 => 1.2,
        100..200 => 1.0,
        _ => 0.25,
    };
    base * (0.5 + (mix(code) % 1000) as f64 / 1000.0)
}
