//! What an export is narrowed by, as the lists are that it comes from.

use store::membership::MemberFilter;
use store::union_org::UnionFilter;

use super::RegisterExport;

impl RegisterExport {
    pub(super) fn union_filter(&self) -> UnionFilter {
        UnionFilter {
            // A file of the register says who is there: one that is dissolved would come to life again by it.
            is_active: Some(true),
            ..self.narrowed(&self.q)
        }
    }

    fn narrowed(&self, text: &str) -> UnionFilter {
        let text = codes::text::normalise(text);
        UnionFilter {
            text: (!text.is_empty()).then_some(text),
            county: self.county,
            town: self.town,
            union_type: (!self.union_type.is_empty()).then(|| self.union_type.clone()),
            parent_id: (!self.parent_id.is_empty()).then(|| self.parent_id.clone()),
            industry_id: (!self.industry_id.is_empty()).then(|| self.industry_id.clone()),
            // What is no id is no zone: nothing lies in it.
            zone: (!self.zone.is_empty()).then(|| self.zone.parse().unwrap_or_default()),
            ..UnionFilter::default()
        }
    }

    pub(super) fn member_filter(&self) -> MemberFilter {
        let name = self.q.trim();
        let unions = self.narrowed(&self.union_q);
        MemberFilter {
            of_unions: (unions != UnionFilter::default()).then_some(unions),
            union_id: (!self.union_id.is_empty()).then(|| self.union_id.clone()),
            name: (!name.is_empty()).then(|| codes::text::person_name(name)),
            state: (!self.state.is_empty()).then(|| self.state.clone()),
            gig_group: (!self.gig_group.is_empty()).then(|| self.gig_group.clone()),
            member_ids: super::paper::only(self),
            ..MemberFilter::default()
        }
    }
}
