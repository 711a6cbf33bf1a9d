//! What instances are launched with: which text it is, and what a line of it holds.

use super::Explainer;
use super::phrase::{Fact, Insight, Mark, Phrase, clipped};
use crate::model::{Channel, Credential, Document, Exposure, LaunchData, LaunchPlace};
use crate::navigate::touches;
use crate::source::Span;
use crate::userdata::Form;

/// What a text is, its first pieces tell, and of each the beginning.
const MOST_PIECES: usize = 16;
const LONGEST_START: usize = 2048;

/// Base64 that is longer than this is no word.
const LEAST_ENCODED: usize = 40;

impl<'d> Explainer<'d> {
    /// The launch data that the cursor is in.
    pub(super) fn instance(&self, document: &'d Document, at: u32) -> Option<Insight> {
        let is_in =
            |data: &&LaunchData| data.written.iter().any(|span| span.file == self.source.id() && touches(*span, at));
        let mut here = document.launch_data.iter().filter(is_in);
        let data = here.next()?;
        let span = data.written.iter().copied().find(|span| touches(*span, at))?;
        let (line, end) = self.line_around(span, at);
        let meets = |exposure: &&Exposure| exposure.span.start <= end && line <= exposure.span.end;
        let mut facts: Vec<Fact> =
            data.exposures.iter().filter(meets).map(|one| self.exposure(document, one)).collect();
        facts.dedup();
        if !data.registries.keys.is_empty() {
            let keys = data.registries.keys.iter().take(6).enumerate();
            let phrase = keys.fold(Phrase::new("the agent signs in to "), |phrase, (at, key)| {
                phrase.words(if at > 0 { ", " } else { "" }).code(&clipped(key))
            });
            facts.push(phrase.fact());
        }
        let span = Span::new(span.file, line.max(span.start), end.min(span.end));
        Some(Insight { span, title: self.launch_title(data), facts })
    }

    /// Where the line of a cursor begins and ends, as the file or the escapes of its string have it.
    fn line_around(&self, text: Span, at: u32) -> (u32, u32) {
        let at = at.clamp(text.start, text.end);
        let offset = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let before = self.source.slice(Span::new(text.file, text.start, at));
        let behind = self.source.slice(Span::new(text.file, at, text.end));
        let start = before.rfind('\n').map(|found| found + 1).max(before.rfind("\\n").map(|found| found + 2));
        let end = behind.find('\n').into_iter().chain(behind.find("\\n")).min();
        (text.start + offset(start.unwrap_or(0)), at + offset(end.unwrap_or(behind.len())))
    }

    fn launch_title(&self, data: &LaunchData) -> Phrase {
        let what = match data
            .exposures
            .first()
            .map(|exposure| exposure.place)
            .or_else(|| data.faults.first().map(|fault| fault.place))
        {
            Some(LaunchPlace::Init) => "Configuration of cfn-init",
            Some(LaunchPlace::SsmDocument) => "Steps of a Systems Manager document",
            Some(LaunchPlace::Environment) => "Environment of a container",
            Some(LaunchPlace::File) | None if data.key.is_none() => "Launch data",
            _ => "User data",
        };
        let phrase = Phrase::new(what).words(" of ").code(&clipped(&data.owner));
        let phrase = match data.key {
            Some(key) => phrase.at(key),
            None => phrase,
        };
        match self.form(data) {
            Some(form) => phrase.words(", ").words(form),
            None => phrase,
        }
    }

    /// What kind of text it is, by how it begins.
    fn form(&self, data: &LaunchData) -> Option<&'static str> {
        let own = data.written.iter().filter(|span| span.file == self.source.id()).take(MOST_PIECES);
        let piece = |span: &Span| {
            let raw = self
                .source
                .slice(*span)
                .trim_start()
                .trim_start_matches(['|', '>', '-', '+'])
                .trim_matches(['"', '\'']);
            let start = (0..=LONGEST_START).rev().find(|at| raw.is_char_boundary(*at)).unwrap_or(0);
            raw.get(..start.min(raw.len())).unwrap_or(raw).to_owned()
        };
        let raw: String = own.map(piece).collect::<Vec<_>>().join("\n").replace("\\n", "\n").replace("\\\"", "\"");
        let text = raw.lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
        let text = text.trim_start();
        if text.is_empty() {
            return None;
        }
        let word = text.split_whitespace().next().unwrap_or_default();
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        if word.len() >= LEAST_ENCODED && word.trim_end_matches(['"', '\'']).bytes().all(is_base64) {
            return Some("base64-encoded");
        }
        let name = data.owner.to_ascii_lowercase();
        if data.key.is_none() && name.ends_with(".config") {
            return Some("settings of the container agent");
        }
        Some(match Form::of(text) {
            Form::Mime => "a MIME message of several parts",
            Form::CloudConfig => "cloud-config",
            Form::Archive => "a cloud-config archive",
            Form::Include => "a list of addresses for cloud-init",
            Form::Shell if text.starts_with("#!") => "a shell script",
            Form::Shell => return None,
            Form::PowerShell => "a PowerShell script",
            Form::Batch => "a script for Windows' command processor",
            Form::Windows => "user data of Windows",
            Form::Bottlerocket => "settings of Bottlerocket in TOML",
            Form::AgentJson => "configuration of the container agent in JSON",
            Form::Foreign => "a script in a language that is not read here",
        })
    }

    /// What a credential on the line is, and how it gets there; nothing of it.
    fn exposure(&self, document: &Document, exposure: &Exposure) -> Fact {
        let whom = match exposure.channel {
            Channel::Agent => "of the container agent",
            Channel::Login => "for a login at a registry",
            Channel::ClientFile => "in the configuration of a registry's client",
            Channel::Bottlerocket => "of Bottlerocket",
        };
        let phrase = match &exposure.credential {
            Credential::Literal { settings, default_of, .. } => {
                let phrase = Phrase::new("a credential ").words(whom).words(" in plain text");
                let phrase = settings.iter().enumerate().fold(phrase, |phrase, (at, setting)| {
                    phrase.words(if at > 0 { ", " } else { ": " }).code(&clipped(setting))
                });
                match default_of {
                    Some(name) => {
                        self.with_line(phrase.words(", the default of parameter ").code(name), document, name)
                    }
                    None => phrase,
                }
            }
            Credential::Parameter(parameter) => {
                let phrase = Phrase::new("the parameter ").code(&parameter.name);
                self.with_line(phrase, document, &parameter.name)
                    .words(" puts a credential ")
                    .words(whom)
                    .words(" here at deployment")
            }
            Credential::Dynamic(reference) => Phrase::default()
                .code(&clipped(reference))
                .words(" puts a credential ")
                .words(whom)
                .words(" here at deployment"),
        };
        let phrase = exposure
            .registries
            .iter()
            .take(4)
            .fold(phrase, |phrase, registry| phrase.words(", for ").code(&clipped(registry)));
        let phrase = if exposure.decoded.is_some() { phrase.words(", inside encoded text") } else { phrase };
        phrase.marked(Mark::Bad)
    }
}
