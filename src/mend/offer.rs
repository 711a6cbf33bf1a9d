//! The fixes that are shown with findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::trial::{Trial, lint, made};
use crate::discover::Input;
use crate::fix::Fix;
use crate::lint::{Diagnostic, Outcome, Settings};
use crate::source::{Edit, FileId, Source, overlap};

/// Gives the findings of a run the fixes that they can be mended with.
pub fn offer(outcome: &mut Outcome, settings: &Settings) {
    let mut of_files: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
    for (at, diagnostic) in outcome.diagnostics.iter().enumerate() {
        if !diagnostic.proposals.is_empty() {
            of_files.entry(diagnostic.primary.span.file).or_default().push(at);
        }
    }
    let shared = &*outcome;
    let found: Vec<(usize, Vec<Fix>)> = of_files
        .into_par_iter()
        .filter_map(|(file, places)| {
            let diagnostics: Vec<_> =
                places.iter().filter_map(|at| shared.diagnostics.get(*at)).map(Arc::as_ref).collect();
            let fixes = offered(shared.sources.get(file)?, &diagnostics, settings);
            Some(places.into_iter().zip(fixes).collect::<Vec<_>>())
        })
        .flatten()
        .collect();
    for (at, fixes) in found {
        if let Some(diagnostic) = outcome.diagnostics.get_mut(at) {
            Arc::make_mut(diagnostic).fixes = fixes;
        }
    }
}

/// The fixes of findings in one file, for each of them in their order: of several ways to do the same, the first that does no harm.
#[must_use]
pub fn offered(source: &Source, diagnostics: &[&Diagnostic], settings: &Settings) -> Vec<Vec<Fix>> {
    let mut offered: Vec<Vec<Fix>> = vec![Vec::new(); diagnostics.len()];
    let place = |diagnostic: &Diagnostic| diagnostics.iter().position(|other| std::ptr::eq(*other, diagnostic));
    let mut pending: Vec<(usize, &Diagnostic, Fix)> = made(source, diagnostics.iter().copied())
        .into_iter()
        .filter_map(|(diagnostic, fixes)| Some((place(diagnostic)?, diagnostic, fixes)))
        .flat_map(|(at, diagnostic, fixes)| fixes.into_iter().map(move |fix| (at, diagnostic, fix)))
        .collect();
    if pending.is_empty() {
        return offered;
    }
    let settings = Settings { is_whole: false, ..settings.clone() };
    let input = Input::text(source.name(), Vec::new());
    let before = lint(&input, source.text(), &settings);
    let trial = Trial::new(&input, &settings, source.text(), &before);
    let is_good = |chosen: &[(&Diagnostic, Fix)]| trial.attempt(chosen).is_ok();
    while !pending.is_empty() {
        // Those that are apart are tried together, which most often does.
        let (mut batch, mut others): (Vec<(usize, &Diagnostic, Fix)>, Vec<_>) = (Vec::new(), Vec::new());
        for one in pending {
            let is_apart = batch.iter().all(|other| other.0 != one.0 && !meet(&other.2, &one.2));
            if is_apart { batch.push(one) } else { others.push(one) }
        }
        let together: Vec<_> = batch.iter().map(|(_, diagnostic, fix)| (*diagnostic, fix.clone())).collect();
        let all = together.len() > 1 && is_good(&together);
        for ((at, ..), one) in batch.iter().zip(&together) {
            if let Some(fixes) = offered.get_mut(*at).filter(|_| all || is_good(std::slice::from_ref(one))) {
                fixes.push(one.1.clone());
            }
        }
        // What is offered for a finding needs no other way.
        others.retain(|(at, _, fix)| {
            offered.get(*at).is_none_or(|fixes| fixes.iter().all(|offered| offered.title != fix.title))
        });
        pending = others;
    }
    offered
}

/// Whether two fixes cannot be made at once. Different things that are added at one place can: one comes after the other.
pub(super) fn meet(one: &Fix, other: &Fix) -> bool {
    let adds = |edit: &Edit| edit.span.start == edit.span.end;
    let meet = |one: &Edit, other: &Edit| {
        let both_add = one.span == other.span && adds(one) && adds(other) && one.text != other.text;
        overlap(one, other) && !both_add
    };
    one.edits.iter().any(|edit| other.edits.iter().any(|other| meet(edit, other)))
}
