//! Elements of a member that somebody has put right here (人工更正): files leave them alone and are told so.

use codes::time::Timestamp;
use uuid::Uuid;

use super::hex_list;
use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    HAND_SET = Sql::both(
        "INSERT INTO member_by_hand (member, element, set_at) VALUES ($1, $2, $3) \
         ON CONFLICT (member, element) DO UPDATE SET set_at = excluded.set_at"
    ),
    HAND_CLEAR = Sql::both("DELETE FROM member_by_hand WHERE member = $1 AND element = $2"),
    HAND_OF = Sql::split {
        sqlite: "SELECT member, element FROM member_by_hand WHERE member IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT member, element FROM member_by_hand \
         WHERE member = ANY(ARRAY(SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS UUID)))",
    },
}

impl Tx {
    /// Marks elements of a membership (by row id) as put right by a person. Answers those that were not marked before.
    pub async fn mark_member_by_hand(
        &mut self,
        member: Uuid,
        elements: impl IntoIterator<Item = String>,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let known = self.member_marks_by_hand([member]).await?;
        let mut new = Vec::new();
        for element in elements {
            execute!(self, HAND_SET, member, element.as_str(), now.millis())?;
            if !known.iter().any(|(_, marked)| *marked == element) {
                new.push(element);
            }
        }
        Ok(new)
    }

    /// Takes marks away: what made them was taken back.
    pub async fn unmark_member_by_hand(
        &mut self,
        member: Uuid,
        elements: &[String],
    ) -> Result<(), StoreError> {
        for element in elements {
            execute!(self, HAND_CLEAR, member, element.as_str())?;
        }
        Ok(())
    }
}

impl Reader {
    /// What persons have put right of some memberships: row id and the dictionary's name of the element.
    pub async fn member_marks_by_hand(
        &mut self,
        members: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<(Uuid, String)>, StoreError> {
        let members: Vec<Uuid> = members.into_iter().collect();
        let members = hex_list(members.iter().map(|id| id.as_bytes().as_slice()));
        fetch_all!(self, HAND_OF, members)
    }
}
