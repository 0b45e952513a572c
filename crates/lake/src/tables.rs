//! The layouts. One struct a table; field order is column order.
//!
//! Conventions: `*_key` is `codes::text::key64` of normalised, non-personal text; `*_token` is `FieldKeys::token` of a number
//! that names a person (the lake never holds it in plain); an absent value is `None`, and what stood in the file instead lies
//! in `unread` as JSON `{column: {"raw": …, "reason": …}}`; `row_hash` is a hash over all cells of the source row, so that two
//! states of a table can be compared without reading them whole.

use codes::time::Day;

use crate::{Cell, LakeError, LakeRow, RowBuilder};

macro_rules! lake_table {
    ($(#[$doc:meta])* $table:literal $row:ident $builder:ident { $( $(#[$fdoc:meta])* $field:ident : $ty:ty ),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $row { $( $(#[$fdoc])* pub $field: $ty ),* }

        #[doc = concat!("Column builders of `", $table, "`.")]
        #[derive(Default)]
        pub struct $builder { $( $field: <$ty as Cell>::Builder, )* rows: usize }

        impl RowBuilder<$row> for $builder {
            fn push(&mut self, row: &$row) {
                $( <$ty as Cell>::append(&row.$field, &mut self.$field); )*
                self.rows += 1;
            }
            fn len(&self) -> usize { self.rows }
            fn finish(&mut self) -> Result<arrow::array::RecordBatch, LakeError> {
                self.rows = 0;
                let columns = vec![ $( <$ty as Cell>::finish(&mut self.$field) ),* ];
                Ok(arrow::array::RecordBatch::try_new($row::schema(), columns)?)
            }
        }

        impl LakeRow for $row {
            const TABLE: &'static str = $table;
            type Builder = $builder;
            fn content_hash(&self, scratch: &mut Vec<u8>) -> i64 {
                scratch.clear();
                $( if stringify!($field) != "row_hash" { crate::Feed::feed(&self.$field, scratch); } )*
                crate::hash_fed(scratch)
            }
            fn schema() -> arrow::datatypes::SchemaRef {
                static SCHEMA: std::sync::OnceLock<arrow::datatypes::SchemaRef> = std::sync::OnceLock::new();
                SCHEMA.get_or_init(|| std::sync::Arc::new(arrow::datatypes::Schema::new(vec![
                    $( arrow::datatypes::Field::new(stringify!($field), <$ty as Cell>::data_type(), <$ty as Cell>::NULLABLE) ),*
                ]))).clone()
            }
            fn positions(schema: &arrow::datatypes::Schema) -> Result<Vec<Option<usize>>, LakeError> {
                [ $( (stringify!($field), <$ty as Cell>::NULLABLE) ),* ].into_iter().map(|(name, may_lack)| {
                    match schema.index_of(name) {
                        Ok(position) => Ok(Some(position)),
                        Err(_) if may_lack => Ok(None),
                        Err(_) => Err(LakeError::MissingColumn { table: $table, column: name.to_owned() }),
                    }
                }).collect()
            }
            fn read(batch: &arrow::array::RecordBatch, positions: &[Option<usize>], index: usize) -> Result<Self, LakeError> {
                let mut positions = positions.iter();
                $( let $field = match positions.next().expect("one position a field") {
                    Some(position) => <$ty as Cell>::read(batch.column(*position), index, stringify!($field))?,
                    None => <$ty as Cell>::absent().expect("only a nullable column may be lacking"),
                }; )*
                Ok($row { $( $field ),* })
            }
        }
    };
}

/// Tables that are made for one run or by it, and read once or twice.
pub const OF_ONE_RUN: [&str; 11] = [
    "unions",
    "covers",
    "verdicts",
    "open_items",
    "links",
    "candidates",
    "member_links",
    "findings",
    "employers",
    "closures",
    "coverage",
];

lake_table! {
    /// One entry of the market register (市场监管登记).
    "enterprises" Enterprise EnterpriseBuilder {
        /// The register's own key, opaque.
        enterprise_id: String,
        /// Unified social credit code, valid ones only.
        uscc: Option<String>,
        /// The code as written, where it is no valid one.
        code_raw: Option<String>,
        /// Key of the code.
        uscc_key: Option<i64>,
        /// Key of the organisation code inside it.
        org_key: Option<i64>,
        /// Key of the old 15-digit registration number.
        reg_key: Option<i64>,
        /// Name as written, blanks at the ends removed.
        name: String,
        /// Key of the whole normal form.
        name_key: i64,
        /// Key of trade name, trade and branch.
        core_key: i64,
        /// Division in front of the name (行政区划).
        division: Option<String>,
        /// Trade name (字号).
        brand: String,
        /// Industry words (行业词).
        trade: String,
        /// Legal form (组织形式).
        form: String,
        /// Branch part (分支机构).
        branch: Option<String>,
        /// Former names joined by `;`.
        former_names: Option<String>,
        /// Kind in the register's words.
        kind: Option<String>,
        /// company, branch, individual, coop or other.
        entity: String,
        /// Legal representative, normal form.
        legal_rep: Option<String>,
        /// Current GB/T 2260 county code.
        county: Option<i32>,
        /// 9-digit statistical code of the town.
        town: Option<i64>,
        /// Address as written.
        address: Option<String>,
        /// Key of road and number.
        address_key: Option<i64>,
        /// GB/T 4754 letter and digits.
        industry: Option<String>,
        /// Day of registration (成立日期).
        founded: Option<Day>,
        /// Status as written.
        status: Option<String>,
        /// in_business, gone, moved_out, paused or unknown.
        status_class: String,
        /// Registered capital in fen.
        capital_fen: Option<i64>,
        /// Keyed token of the phone.
        phone_token: Option<i64>,
        /// The phone, sealed for the employer card.
        phone_sealed: Option<Vec<u8>>,
        /// Unreadable cells as JSON.
        unread: Option<String>,
        /// Hash of the source row.
        row_hash: i64,
    }
}

lake_table! {
    /// One insured period of one person at one employer (参保记录).
    "insurance" Insurance InsuranceBuilder {
        /// The agency's record number.
        ins_id: String,
        /// Keyed token of the ID number, if it could be read.
        id_token: Option<i64>,
        /// `codes::resident_id::IdStatus` as a number.
        id_status: u8,
        /// `codes::resident_id::PartTokens`: keyed tokens of the number's parts, as far as they can be seen.
        id_parts: Option<i64>,
        /// Name in normal form.
        name: String,
        /// Key of `employer_code|employer name in normal form`: rows with the same one name the employer alike.
        mention_key: i64,
        /// Employer code after `codes::uscc::normalise_code`, valid or not.
        employer_code: Option<String>,
        /// Employer name as written.
        employer_name: Option<String>,
        /// First day of cover.
        start: Option<Day>,
        /// 0 empty, 1 read, 2 unreadable.
        start_status: u8,
        /// Last day of cover; `None` with status 0 means still insured.
        end: Option<Day>,
        /// 0 empty, 1 read, 2 unreadable.
        end_status: u8,
        /// Hash of the source row.
        row_hash: i64,
    }
}

lake_table! {
    /// One wage declaration (税务申报).
    "tax" Tax TaxBuilder {
        /// The agency's record number.
        tax_id: String,
        /// As in [`Insurance`].
        mention_key: i64,
        /// As in [`Insurance`].
        employer_code: Option<String>,
        /// As in [`Insurance`].
        employer_name: Option<String>,
        /// Year of the declaration.
        tax_year: Option<i32>,
        /// Declared wage earners.
        headcount: Option<i64>,
        /// Wage bill in fen.
        payroll_fen: Option<i64>,
        /// Union contribution paid (工会经费) in fen.
        union_fee_fen: Option<i64>,
        /// Preparatory fund paid (筹备金) in fen.
        prep_fee_fen: Option<i64>,
        /// Unreadable cells as JSON.
        unread: Option<String>,
        /// Hash of the source row.
        row_hash: i64,
    }
}

lake_table! {
    /// One licensed driver (从业人员).
    "drivers" Driver DriverBuilder {
        /// Licence number.
        driver_id: String,
        /// Keyed token of the ID number.
        id_token: Option<i64>,
        /// `codes::resident_id::IdStatus` as a number.
        id_status: u8,
        /// Name in normal form.
        name: String,
        /// Keyed token of the phone.
        phone_token: Option<i64>,
        /// Platform the driver works for.
        platform: Option<String>,
        /// Current county code.
        county: Option<i32>,
        /// Licence valid to.
        valid_to: Option<Day>,
        /// Hash of the source row.
        row_hash: i64,
    }
}

lake_table! {
    /// Snapshot of one union of the register (工会组织).
    "unions" Union UnionBuilder {
        /// The register's own key.
        union_id: String,
        /// `key64` of `union_id`; what members carry.
        union_key: i64,
        /// Name as written.
        name: String,
        /// The union's own code.
        union_code: Option<String>,
        /// Employer code after `normalise_code`, valid or not.
        employer_code: Option<String>,
        /// Employer name as written.
        employer_name: Option<String>,
        /// Employer's legal representative, normal form.
        employer_legal_rep: Option<String>,
        /// Chair, normal form.
        chair: Option<String>,
        /// Current county code.
        county: Option<i32>,
        /// Town code.
        town: Option<i64>,
        /// Address as written.
        address: Option<String>,
        /// Keyed token of the phone.
        phone_token: Option<i64>,
        /// Section letter A–T.
        industry_section: Option<String>,
        /// single, joint, federation, industry, general or unknown.
        union_type: String,
        /// Territorial parent.
        parent_id: Option<String>,
        /// Second line: the industry union.
        industry_parent_id: Option<String>,
        /// Founding date (建会日期).
        founded: Option<Day>,
        /// End of term (届满日期).
        term_end: Option<Day>,
        /// Members as reported.
        declared_members: Option<i64>,
        /// False once dissolved.
        is_active: bool,
        /// import or founded.
        source: String,
    }
}

lake_table! {
    /// One employer covered by a joint union or federation (覆盖单位).
    "covers" Cover CoverBuilder {
        /// The covering union.
        union_id: String,
        /// Employer code after `normalise_code`.
        employer_code: Option<String>,
        /// Employer name as written.
        employer_name: Option<String>,
        /// Covered from.
        cover_from: Option<Day>,
        /// Covered to.
        cover_to: Option<Day>,
    }
}

lake_table! {
    /// One membership (会籍).
    "members" Member MemberBuilder {
        /// The register's own key.
        member_id: String,
        /// `key64` of the union's id.
        union_key: i64,
        /// Keyed token of the ID number.
        id_token: Option<i64>,
        /// `codes::resident_id::IdStatus` as a number.
        id_status: u8,
        /// As in [`Insurance`], with the birth date that the form states.
        id_parts: Option<i64>,
        /// Name in normal form.
        name: String,
    }
}

lake_table! {
    /// One decision by hand on a pair (人工核对).
    "verdicts" Verdict VerdictBuilder {
        /// The union.
        union_id: String,
        /// The enterprise.
        enterprise_id: String,
        /// True: they are the same employer.
        is_same: bool,
    }
}

lake_table! {
    /// One item that is open on the worklist.
    "open_items" OpenItem OpenItemBuilder {
        /// Business number of the item.
        item_no: String,
        /// Rule that raised it.
        rule: String,
        /// enterprise or union.
        subject_kind: String,
        /// Its subject.
        subject_id: String,
    }
}

lake_table! {
    /// Result: one row a union.
    "links" Link LinkBuilder {
        /// The union.
        union_id: String,
        /// The linked enterprise or the best candidate.
        enterprise_id: Option<String>,
        /// Its code in the market register.
        uscc: Option<String>,
        /// Probability of the best candidate.
        probability: Option<f64>,
        /// linked, verify or none.
        decision: String,
        /// Rule or model that decided.
        tier: Option<String>,
        /// JSON, see ARCHITECTURE.md.
        evidence: String,
        /// Name of the enterprise in `enterprise_id`.
        candidate_name: Option<String>,
    }
}

lake_table! {
    /// Result: one compared pair of a union and an enterprise.
    "candidates" CandidatePair CandidatePairBuilder {
        /// The union.
        union_id: String,
        /// The enterprise.
        enterprise_id: String,
        /// Rules that proposed the pair: bit i is the i-th rule of the run's [`crate::link_report::LinkReport::blocking`].
        rules: i32,
    }
}

lake_table! {
    /// Result: one row a membership, in the order of the members' snapshot that the run read; see [`crate::member_links`].
    "member_links" PersonLink PersonLinkBuilder {
        /// Row of the person in the run's insured rows, counted from 0.
        ins_row: Option<i32>,
        /// Probability, where a model decided.
        probability: Option<f64>,
        /// Position in [`crate::member_links::DECISIONS`].
        decision: u8,
        /// Position in [`crate::member_links::TIERS`].
        tier: u8,
    }
}

lake_table! {
    /// Result: one raised finding.
    "findings" Finding FindingBuilder {
        /// Rule that raised it.
        rule: String,
        /// Its version.
        rule_version: i32,
        /// verify, task or work.
        kind: String,
        /// enterprise or union.
        subject_kind: String,
        /// The subject.
        subject_id: String,
        /// Its code.
        uscc: Option<String>,
        /// Its name.
        name: String,
        /// County code.
        county: Option<i32>,
        /// Town code.
        town: Option<i64>,
        /// 1 highest … 9.
        priority: i32,
        /// Members a union would have.
        expected_members: Option<i64>,
        /// Persons insured on the as-of date.
        insured_now: Option<i64>,
        /// Working days to answer it.
        due_days: i32,
        /// Hash of the evidence that matters: a refuted item returns when it changes.
        fingerprint: String,
        /// Chinese sentence.
        reason: String,
        /// JSON.
        evidence: String,
    }
}

lake_table! {
    /// Result: the enterprises that findings and links name.
    "employers" Employer EmployerBuilder {
        /// The market register's key.
        enterprise_id: String,
        /// Its code.
        uscc: Option<String>,
        /// Its name.
        name: String,
        /// company, branch, individual, coop or other.
        entity: String,
        /// Status as written.
        status: Option<String>,
        /// in_business, gone, moved_out, paused or unknown.
        status_class: String,
        /// Legal representative.
        legal_rep: Option<String>,
        /// County code.
        county: Option<i32>,
        /// Town code.
        town: Option<i64>,
        /// Address.
        address: Option<String>,
        /// GB/T 4754.
        industry: Option<String>,
        /// Day of registration.
        founded: Option<Day>,
        /// Registered capital in fen.
        capital_fen: Option<i64>,
        /// Sealed phone.
        phone_sealed: Option<Vec<u8>>,
        /// Persons insured on the as-of date.
        insured_now: Option<i64>,
        /// Wage earners declared to the tax office.
        tax_headcount: Option<i64>,
        /// Wage bill in fen.
        payroll_fen: Option<i64>,
        /// Contribution and preparatory fund paid, in fen.
        fee_fen: Option<i64>,
        /// JSON list of traits (branch, dispatch, agency address …).
        flags: String,
    }
}

lake_table! {
    /// Result: open items that the rules did not raise again, and why.
    "closures" Closure ClosureBuilder {
        /// Business number of the item.
        item_no: String,
        /// done, superseded or out_of_scope.
        outcome: String,
        /// Chinese sentence.
        reason: String,
        /// JSON.
        evidence: String,
    }
}

lake_table! {
    /// Result: coverage by county and town.
    "coverage" Coverage CoverageBuilder {
        /// County code.
        county: Option<i32>,
        /// Town code.
        town: Option<i64>,
        /// Employers in business with 25 or more insured now.
        employers_25: i64,
        /// Those of them with a union of their own or covered.
        employers_25_with_union: i64,
        /// Those of them with a union whose record is sound; null while the register has not been counted.
        employers_25_with_sound_union: Option<i64>,
    }
}
