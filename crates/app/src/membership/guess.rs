//! What forms about a member tell of what is covered: a form that compares answers a guess, as a search with digits does. So it is
//! counted and journalled as one, also where the form is refused, and compares nothing for whoever may not see the value.

use std::collections::BTreeSet;

use domain::dictionary::Dictionary;
use domain::element_right::Right;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde_json::json;
use store::{Reader, Tx};
use uuid::Uuid;

use crate::element_right;
use crate::error::AppError;
use crate::intake::typed;
use crate::op::{App, OpContext};

/// The memberships about which a form could tell something, each with the elements that were compared.
#[derive(Debug, Default)]
pub(super) struct Guess(Vec<(Uuid, Uuid, Vec<&'static str>)>);

impl Guess {
    /// A membership of a union, by their rows, against which an element was held.
    pub(super) fn met(&mut self, member: Uuid, union: Uuid, element: &'static str) {
        match self.0.iter_mut().find(|(known, ..)| *known == member) {
            Some((.., elements)) => elements.push(element),
            None => self.0.push((member, union, vec![element])),
        }
    }

    /// Commits what was asked for, or lets it go, and in both cases writes down on everybody that was met who looked. Never the value.
    pub(super) async fn told<T>(
        self,
        words: &str,
        op: &OpContext,
        app: &App,
        mut tx: Tx,
        asked: Result<T, AppError>,
    ) -> Result<T, AppError> {
        if asked.is_err() {
            // Only one transaction writes at a time.
            drop(tx);
            if self.0.is_empty() {
                return asked;
            }
            tx = app.store.begin().await?;
        }
        for (member, union, elements) in self.0 {
            let labels = elements.iter().map(|name| {
                let element = Dictionary::shipped().element(Kind::Members, name);
                element.map_or(*name, |element| element.zh.as_str())
            });
            let labels: Vec<&str> = labels.collect();
            let entry = JournalEntry {
                path: tx.path_of_union(union).await?,
                after: Some(json!({ "column": labels.join("、"), "words": words })),
                refusal: asked.as_ref().err().map(|error| error.code.to_owned()),
                ..JournalEntry::new(JournalAction::MemberSought, SubjectKind::Member, member)
            };
            tx.journal(&op.by(), entry).await?;
        }
        tx.commit().await?;
        asked
    }
}

/// The guarded elements that the actor may not see in full: nothing is told of whether a value typed there is the registered one.
pub(super) async fn hidden(op: &OpContext, reader: &mut Reader) -> Result<BTreeSet<&'static str>, AppError> {
    let guarded = typed::elements().filter(|element| typed::is_guarded(element));
    let guarded = guarded.map(|element| element.name.as_str());
    if !op.can(Action::RevealValue) {
        return Ok(guarded.collect());
    }
    let barred = element_right::barred(op, reader, Kind::Members, Right::Reveal).await?;
    let is_hidden = |name: &&str| {
        barred.contains_key(*name) || typed::OF_THE_NUMBER.contains(name) && barred.contains_key("id_no")
    };
    Ok(guarded.filter(is_hidden).collect())
}
