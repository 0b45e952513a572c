//! The market register as a record store: whole Arrow columns, a row number per enterprise, indexes on integer keys.

use crate::error::{ReconcileError, Result};
use crate::parallel;
use crate::record::Kept;
use arrow::array::{Array, BinaryArray, Date32Array, Int32Array, Int64Array, StringArray, UInt32Array};
use codes::time::Day;
use engines::matching::frequency::RowMap;
use engines::matching::{Entity, NameForm, NameView, Shared, StatusClass};
use lake::leads::Leads;
use lake::records::{Coded, Records, former_names};
use lake::{KeyIndex, LakeRow};
use std::path::Path;

/// All enterprises, addressed by row.
pub struct EnterpriseTable {
    pub id: StringArray,
    pub uscc: StringArray,
    pub uscc_key: Int64Array,
    pub org_key: Int64Array,
    pub reg_key: Int64Array,
    pub name: StringArray,
    pub name_key: Int64Array,
    pub core_key: Int64Array,
    pub division: Coded,
    pub brand: StringArray,
    pub trade: Coded,
    pub branch: StringArray,
    pub entity: Coded,
    pub legal_rep: StringArray,
    pub county: Int32Array,
    pub town: Int64Array,
    pub address: StringArray,
    pub address_key: Int64Array,
    pub industry: Coded,
    pub founded: Date32Array,
    pub status: Coded,
    status_class: Coded,
    /// What each value of `status_class` says.
    status_classes: Vec<StatusClass>,
    pub phone_token: Int64Array,
    pub capital_fen: Int64Array,
    pub phone_sealed: BinaryArray,
    pub former: RowMap<Vec<NameForm>>,
    /// How many firms in business share a row's phone and address.
    pub phone_peers: UInt32Array,
    pub address_peers: UInt32Array,
    sharing: Sharing,
    pub by_uscc: KeyIndex,
    pub by_org: KeyIndex,
    pub by_reg: KeyIndex,
    pub by_name: KeyIndex,
    pub by_core: KeyIndex,
    pub by_former: KeyIndex,
    records: Records,
}

/// How many rows share each row's values.
struct Sharing {
    name: UInt32Array,
    core: UInt32Array,
    brand: UInt32Array,
    legal_rep: UInt32Array,
    phone: UInt32Array,
    address: UInt32Array,
}

impl EnterpriseTable {
    /// Reads the register and its indexes from the record store.
    ///
    /// # Errors
    /// [`ReconcileError::NoEnterprises`] when it has no row.
    pub fn load(path: &Path, threads: usize) -> Result<EnterpriseTable> {
        let records = Records::of::<lake::tables::Enterprise>(path)?;
        if records.rows() == 0 {
            return Err(ReconcileError::NoEnterprises);
        }
        let mut kept = Kept::of::<lake::tables::Enterprise>(&records, threads)?;
        let coded = |name: &str| -> Result<Coded> {
            records.coded(name)?.ok_or_else(|| ReconcileError::Column {
                table: lake::tables::Enterprise::TABLE,
                column: name.to_owned(),
            })
        };
        let status_class = coded("status_class")?;
        let former = parse_former(&kept.take::<StringArray>("former_names")?, threads);
        let by_former = KeyIndex::build(
            former
                .iter()
                .flat_map(|(&row, forms)| forms.iter().map(move |f| (f.normal_key, row)))
                .collect(),
        );
        Ok(EnterpriseTable {
            phone_peers: records.column("phone_token.living")?,
            address_peers: records.column("address_key.living")?,
            sharing: Sharing {
                name: records.column("name_key.count")?,
                core: records.column("core_key.count")?,
                brand: records.column("brand.count")?,
                legal_rep: records.column("legal_rep.count")?,
                phone: records.column("phone_token.count")?,
                address: records.column("address_key.count")?,
            },
            by_uscc: records.index("uscc_key")?,
            by_org: records.index("org_key")?,
            by_reg: records.index("reg_key")?,
            by_name: records.index("name_key")?,
            by_core: records.index("core_key")?,
            by_former,
            former,
            id: kept.take("enterprise_id")?,
            uscc: kept.take("uscc")?,
            uscc_key: kept.take("uscc_key")?,
            org_key: kept.take("org_key")?,
            reg_key: kept.take("reg_key")?,
            name: kept.take("name")?,
            name_key: kept.take("name_key")?,
            core_key: kept.take("core_key")?,
            division: coded("division")?,
            brand: kept.take("brand")?,
            trade: coded("trade")?,
            branch: kept.take("branch")?,
            entity: coded("entity")?,
            legal_rep: kept.take("legal_rep")?,
            county: kept.take("county")?,
            town: kept.take("town")?,
            address: kept.take("address")?,
            address_key: kept.take("address_key")?,
            industry: coded("industry")?,
            founded: kept.take("founded")?,
            status: coded("status")?,
            status_classes: status_class.values().map(StatusClass::read).collect(),
            status_class,
            phone_token: kept.take("phone_token")?,
            capital_fen: kept.take("capital_fen")?,
            phone_sealed: kept.take("phone_sealed")?,
            records,
        })
    }

    /// What leads to rows, opened anew each time: its pages stay in memory for as long as it lives.
    ///
    /// # Errors
    /// The file is gone, or is not what was written.
    pub fn leads(&self) -> Result<Leads> {
        Ok(self.records.leads()?)
    }

    /// Lets the file's pages go from memory until somebody looks at them again: reading touches them all, stages only some.
    pub fn let_go(&self) {
        self.records.let_go();
    }

    /// Gives back the memory of what is there to find candidates only: all indexes but that of names.
    pub fn end_search(&mut self) {
        for index in [
            &mut self.by_uscc,
            &mut self.by_org,
            &mut self.by_reg,
            &mut self.by_core,
            &mut self.by_former,
        ] {
            *index = KeyIndex::default();
        }
    }

    /// Number of enterprises.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Lends one row to the matching engine.
    pub fn entity(&self, row: u32) -> Entity<'_> {
        let i = row as usize;
        Entity {
            uscc: int(&self.uscc_key, i),
            org: int(&self.org_key, i),
            reg: int(&self.reg_key, i),
            name: self.name_view(row),
            former: self.former.get(&row).map_or(&[], Vec::as_slice),
            legal_rep: text(&self.legal_rep, i),
            phone: int(&self.phone_token, i),
            address: int(&self.address_key, i),
            county: self.county_of(row),
            town: self.town_of(row),
            industry: self.industry_of(row),
            founded: self.founded.is_valid(i).then(|| self.founded.value(i)),
            status: self.status_class(row),
            shared: Shared {
                name: self.sharing.name.value(i),
                core: self.sharing.core.value(i),
                brand: self.sharing.brand.value(i),
                legal_rep: self.sharing.legal_rep.value(i),
                phone: self.sharing.phone.value(i),
                address: self.sharing.address.value(i),
            },
        }
    }

    /// Status of one row, as far as linkage and rules care.
    pub fn status_class(&self, row: u32) -> StatusClass {
        let class = self.status_class.code(row as usize);
        class.map_or(StatusClass::Unknown, |class| self.status_classes[class])
    }

    /// Letter of a row's industry section.
    pub fn industry_of(&self, row: u32) -> Option<char> {
        let code = text(&self.industry, row as usize)?;
        code.chars().next().filter(char::is_ascii_alphabetic)
    }

    /// County of one row.
    pub fn county_of(&self, row: u32) -> Option<i32> {
        let i = row as usize;
        self.county.is_valid(i).then(|| self.county.value(i))
    }

    /// Town of one row.
    pub fn town_of(&self, row: u32) -> Option<i64> {
        int(&self.town, row as usize)
    }

    /// The name of one row, in parts.
    pub fn name_view(&self, row: u32) -> NameView<'_> {
        let i = row as usize;
        NameView {
            normal_key: self.name_key.value(i),
            core_key: self.core_key.value(i),
            division: text(&self.division, i),
            brand: self.brand.value(i),
            trade: self.trade.get(i).unwrap_or_default(),
            branch: text(&self.branch, i),
        }
    }

    /// Founding day.
    pub fn founded_day(&self, row: u32) -> Option<Day> {
        let i = row as usize;
        self.founded
            .is_valid(i)
            .then(|| self.founded.value(i))
            .and_then(Day::from_days)
    }
}

/// A column of texts.
pub trait Texts {
    /// The cell of a row; `None` when missing.
    fn cell(&self, row: usize) -> Option<&str>;
}

impl Texts for StringArray {
    fn cell(&self, row: usize) -> Option<&str> {
        self.is_valid(row).then(|| self.value(row))
    }
}

impl Texts for Coded {
    fn cell(&self, row: usize) -> Option<&str> {
        self.get(row)
    }
}

/// A text cell; None when missing or empty.
pub fn text<T: Texts + ?Sized>(column: &T, i: usize) -> Option<&str> {
    column.cell(i).filter(|t| !t.is_empty())
}

/// An integer cell.
pub fn int(array: &Int64Array, i: usize) -> Option<i64> {
    array.is_valid(i).then(|| array.value(i))
}

fn parse_former(names: &StringArray, threads: usize) -> RowMap<Vec<NameForm>> {
    let parsed = parallel::parts(names.len(), threads, |range| {
        range
            .filter_map(|row| {
                let forms: Vec<NameForm> = former_names(Some(text(names, row)?))
                    .map(NameForm::from)
                    .collect();
                Some((row as u32, forms))
            })
            .collect::<Vec<_>>()
    });
    parsed.into_iter().flatten().collect()
}
