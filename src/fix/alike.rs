//! What is added is made like what stands beside it: its keys in that order, a list where that has one.

use super::outline::Outline;
use crate::model::Draft;
use crate::syntax::Kind;

impl Outline<'_> {
    /// The draft of an item, like the last of those that have two of its keys.
    pub(super) fn alike_item(&self, list: usize, draft: &Draft) -> Draft {
        let Draft::Object(entries) = draft else { return draft.clone() };
        let children = self.get(list).map_or(0..0, |element| element.children.clone());
        let shared = |at: &usize| entries.iter().filter(|(key, _)| self.child(*at, key).is_some()).count();
        match children.rev().find(|at| shared(at) > 1) {
            Some(model) => self.alike(model, draft),
            None => self.alike_any(draft),
        }
    }

    /// The draft, its objects like the last ones in the file that have all of their keys.
    fn alike_any(&self, draft: &Draft) -> Draft {
        match draft {
            Draft::Object(entries) => {
                let model = if entries.len() > 1 { self.model(entries) } else { None };
                match model {
                    Some(model) => self.alike(model, draft),
                    None => {
                        Draft::Object(entries.iter().map(|(key, value)| (key.clone(), self.alike_any(value))).collect())
                    }
                }
            }
            Draft::List(items) => Draft::List(items.iter().map(|item| self.alike_any(item)).collect()),
            Draft::Text(_) => draft.clone(),
        }
    }

    /// The last object in the file that has all of the keys.
    fn model(&self, entries: &[(String, Draft)]) -> Option<usize> {
        let keys: Vec<String> = entries.iter().map(|(key, _)| key.clone()).collect();
        if let Some(known) = self.models.borrow().get(&keys) {
            return *known;
        }
        let has_all = |at: &usize| keys.iter().all(|key| self.child(*at, key).is_some());
        let model = (0..self.elements.len()).rev().find(has_all);
        self.models.borrow_mut().insert(keys, model);
        model
    }

    /// The draft of an entry of the object, like another that has the same `Type`.
    pub(super) fn alike_resource(&self, object: usize, draft: &Draft) -> Draft {
        let Draft::Object(entries) = draft else { return draft.clone() };
        let own = entries.iter().find(|(key, _)| key == "Type").map(|(_, value)| value);
        let kind = |at: usize| self.get(self.child(at, "Type")?)?.node.scalar();
        let children = self.get(object).map_or(0..0, |element| element.children.clone());
        let of_kind = |at: &usize| kind(*at).is_some_and(|kind| own == Some(&Draft::literal(&kind)));
        match children.rev().find(of_kind) {
            Some(model) => self.alike(model, draft),
            None => self.alike_any(draft),
        }
    }

    fn alike(&self, model: usize, draft: &Draft) -> Draft {
        let Some(element) = self.get(model) else { return draft.clone() };
        match draft {
            Draft::Object(entries) if element.node.kind() == Kind::Object => {
                let place = |key: &str| element.node.own_entries().position(|entry| entry.key() == key);
                let mut entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| {
                        let value =
                            self.child(model, key).map_or_else(|| self.alike_any(value), |at| self.alike(at, value));
                        (key.clone(), value)
                    })
                    .collect();
                entries.sort_by_key(|(key, _)| place(key).unwrap_or(usize::MAX));
                Draft::Object(entries)
            }
            Draft::List(items) if element.node.kind() == Kind::Array => {
                Draft::List(items.iter().map(|item| self.alike_item(model, item)).collect())
            }
            // Where one alone is written as a list, another is too.
            Draft::Text(_) if element.node.kind() == Kind::Array && element.children.len() == 1 => {
                Draft::List(vec![draft.clone()])
            }
            _ => draft.clone(),
        }
    }
}
