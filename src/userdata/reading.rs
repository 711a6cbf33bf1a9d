//! One reading of what a resource, a container or a file hands to instances: everything that was met, to be judged together.

use super::auth_data::{self, AuthData};
use super::credentials::{self, Judged, Setting};
use super::faults;
use super::flat::{Flat, place, written_places};
use super::form::Form;
use super::limits::{DEEPEST, LONGEST_TEXT, MOST_DECODED, MOST_SETTINGS, MOST_TEXTS};
use super::{
    agent_json, batch, client_file, cloud_config, config_file, decode, mime, powershell, shell, toml, windows,
};
use crate::model::{Channel, Credential, EngineRegistries, Exposure, LaunchData, LaunchPlace, Part, Text};
use crate::source::{FileId, MappedText, Span};

/// The variable with the credentials.
pub const DATA: &str = "ECS_ENGINE_AUTH_DATA";

/// The variable with their format.
pub const TYPE: &str = "ECS_ENGINE_AUTH_TYPE";

/// The file that the agent's variables are read from.
pub const AGENT_CONFIG: &str = "ecs.config";

/// What is replaced by a script and shorter than this may stand anywhere.
const SHORTEST_STAND_IN: usize = 3;

/// How sure it is that a setting reaches the agent as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// It is written to the agent's configuration, or given to the agent itself.
    Sure,
    /// It is written or set somewhere.
    Mentioned,
}

/// Data for the agent, as it was met.
pub struct EngineData {
    pub data: AuthData,
    pub confidence: Confidence,
    pub place: LaunchPlace,
}

/// A type of data, as it was met.
pub struct EngineType {
    pub value: Text,
    pub confidence: Confidence,
    pub place: LaunchPlace,
}

/// What was met so far.
pub struct Reading {
    place: LaunchPlace,
    data: Vec<EngineData>,
    types: Vec<EngineType>,
    exposures: Vec<Exposure>,
    /// Where what was read is written.
    written: Vec<Span>,
    /// Whether the agent's configuration has parts that are not in what is read.
    elsewhere: bool,
    /// What stands for something else until the script replaces it.
    stand_ins: Vec<String>,
    /// Whether `cfn-init` is run, which reads `AWS::CloudFormation::Init`.
    runs_init: bool,
    /// Whether a bound kept something from being read.
    is_cut: bool,
    texts: usize,
    spent: usize,
    depth: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Self::new()
    }
}

impl Reading {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            place: LaunchPlace::UserData,
            data: Vec::new(),
            types: Vec::new(),
            exposures: Vec::new(),
            written: Vec::new(),
            elsewhere: false,
            stand_ins: Vec::new(),
            runs_init: false,
            is_cut: false,
            texts: 0,
            spent: 0,
            depth: DEEPEST,
        }
    }

    /// What comes next is written there.
    pub fn at(&mut self, place: LaunchPlace) {
        self.place = place;
    }

    /// Counts a text that is to be read; whether the bounds allow it.
    pub fn spend(&mut self, text: &Text) -> bool {
        let length: usize = text
            .parts()
            .iter()
            .map(|part| match part {
                Part::Literal(literal) => literal.as_str().len(),
                Part::Hole(_) | Part::Base64(..) => 4,
            })
            .sum();
        self.spent = self.spent.saturating_add(length);
        let is_within = length <= LONGEST_TEXT && self.spent <= MOST_DECODED;
        self.is_cut |= !is_within;
        is_within
    }

    /// Reads what an instance is given as user data: encoded or not, in whatever form.
    pub fn user_data(&mut self, text: &Text) {
        match text.parts() {
            [Part::Base64(inner, _)] => self.text(inner),
            _ => match decode::base64(text) {
                Some(decoded) if Self::is_encoded(text) => self.text(&decoded),
                _ => self.text(text),
            },
        }
    }

    fn is_encoded(text: &Text) -> bool {
        text.known().is_some_and(|text| decode::looks_encoded(&text)) || text.parts().len() == 1
    }

    /// Reads a text in the form that its beginning tells.
    pub fn text(&mut self, text: &Text) {
        let (text, is_cut) = &beginning(text);
        self.is_cut |= is_cut;
        let form = Form::of(Flat::new(text).as_str());
        self.text_as(text, form);
    }

    /// Reads a text in that form.
    pub fn text_as(&mut self, text: &Text, form: Form) {
        self.note_place(text);
        if self.depth == 0 || self.texts >= MOST_TEXTS || !self.spend(text) {
            self.is_cut = true;
            return;
        }
        self.texts += 1;
        self.depth -= 1;
        match form {
            Form::Mime => self.mime(text),
            Form::CloudConfig => cloud_config::read(text, self),
            Form::Archive => cloud_config::read_archive(text, self),
            Form::Include => self.configured_elsewhere(),
            Form::Shell if Self::is_encoded_throughout(text) => self.user_data(text),
            Form::Shell => shell::run(text, self),
            Form::PowerShell => powershell::read(text, self),
            Form::Batch => batch::read(text, self),
            Form::Windows => windows::read(text, self),
            Form::Bottlerocket => toml::read(text, self),
            Form::AgentJson => agent_json::read(text, self),
            Form::Foreign => self.mentioned(text),
        }
        self.depth += 1;
    }

    /// Keeps where a text is written that is not a part of another.
    fn note_place(&mut self, text: &Text) {
        if self.depth == DEEPEST {
            self.written.extend(written_places(text));
        }
    }

    /// A script that is base64 as a whole was encoded once too often, but anyone can read it all the same.
    fn is_encoded_throughout(text: &Text) -> bool {
        match text.parts() {
            [Part::Literal(literal)] => decode::looks_encoded(literal.as_str()) && decode::base64(text).is_some(),
            [Part::Base64(..)] => true,
            _ => false,
        }
    }

    fn mime(&mut self, text: &Text) {
        let flat = Flat::new(text);
        for part in mime::parts(&flat) {
            match Form::of_content_type(&part.content_type) {
                Some(form) => self.text_as(&part.text, form),
                None => self.user_data(&part.text),
            }
        }
    }

    /// A variable is set. Those of the agent count.
    pub fn setting(&mut self, name: &str, value: &Text, confidence: Confidence) {
        self.note_place(value);
        if name == TYPE && self.types.len() < MOST_SETTINGS {
            self.types.push(EngineType { value: value.clone(), confidence, place: self.place });
        } else if name == DATA {
            self.engine_data(auth_data::read(value), value, confidence);
        }
    }

    /// A line of the agent's configuration.
    pub fn line(&mut self, name: &str, value: &Text) {
        if name == DATA {
            self.engine_data(auth_data::read(value).on_a_line(), value, Confidence::Sure);
        } else {
            self.setting(name, value, Confidence::Sure);
        }
    }

    /// Whether no more data is taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.data.len() >= MOST_SETTINGS
    }

    /// Data for the agent.
    pub fn engine_data(&mut self, data: AuthData, value: &Text, confidence: Confidence) {
        if self.is_full() {
            return;
        }
        if let Some(credential) = credentials::of_entries(&data, value, &self.stand_ins) {
            let registries = data.entries.iter().filter(|entry| entry.may_hold_credentials());
            let registries = registries.filter_map(super::auth_data::Entry::key).collect();
            self.expose(Channel::Agent, credential, value, Some(&data), registries);
        }
        self.data.push(EngineData { data, confidence, place: self.place });
    }

    /// Data or types within a text that is no assignment: words of a command, or a script in another language.
    pub fn mentioned(&mut self, text: &Text) {
        let flat = Flat::new(text);
        if memchr::memmem::find(flat.as_str().as_bytes(), b"ECS_ENGINE_AUTH").is_some() {
            config_file::read(&flat, Confidence::Mentioned, self);
        }
    }

    /// Something is written to a file.
    pub fn file(&mut self, path: &Text, content: &Text) {
        self.note_place(content);
        let path = path.shown();
        let begins = |prefix: &str| content.known_start().trim_start().starts_with(prefix);
        if path.ends_with(AGENT_CONFIG) {
            config_file::read(&Flat::new(content), Confidence::Sure, self);
        } else if path.ends_with("ecs.config.json") {
            agent_json::read(content, self);
        } else if client_file::is_one(&path) {
            client_file::read(content, self);
        } else if client_file::is_toml(&path) {
            toml::read(content, self);
        } else if begins("#!") || client_file::has_extension(&path, "sh") {
            self.text(content);
        } else if begins("{")
            && client_file::has_extension(&path, "json")
            && Flat::new(content).as_str().contains("\"auths\"")
        {
            client_file::read(content, self);
        } else {
            self.mentioned(content);
        }
    }

    /// A file whose content may be base64, or (`says_so`) is.
    pub fn encoded_file(&mut self, path: &Text, content: &Text, says_so: bool) {
        match cloud_config::decoded_content(content, says_so) {
            Some(decoded) => self.file(path, &decoded),
            None => self.file(path, content),
        }
    }

    /// A command in words, which no shell takes apart.
    pub fn command(&mut self, words: &[Text]) {
        self.text_as(&cloud_config::quoted_words(words), Form::Shell);
    }

    /// The password of a login to a registry.
    pub fn login(&mut self, password: &Text, registry: Option<String>) {
        let setting = Setting { name: "password".to_owned(), value: password.clone() };
        self.registry_login(Channel::Login, &[setting], password, registry);
    }

    /// Credentials for a registry's client.
    pub fn registry_login(&mut self, channel: Channel, settings: &[Setting], whole: &Text, registry: Option<String>) {
        if let Some(credential) = credentials::of_settings(settings, &self.stand_ins) {
            self.expose(channel, credential, whole, None, registry.into_iter().collect());
        }
    }

    /// The agent's configuration, or a part of it, comes from what is not read here.
    pub fn configured_elsewhere(&mut self) {
        self.elsewhere = true;
    }

    /// The script will put something else in place of that text.
    pub fn stands_in(&mut self, text: &str) {
        if text.len() >= SHORTEST_STAND_IN && self.stand_ins.len() < MOST_SETTINGS {
            self.stand_ins.push(text.to_owned());
        }
    }

    /// `cfn-init` is run.
    pub fn initialised(&mut self) {
        self.runs_init = true;
    }

    fn expose(
        &mut self,
        channel: Channel,
        (mut credential, first): Judged,
        value: &Text,
        data: Option<&AuthData>,
        registries: Vec<String>,
    ) {
        let encoded = is_decoded(value);
        let span = first.filter(|_| !encoded).unwrap_or_else(|| place(value));
        // What was put between pieces of a script, such as the end of a line, is written nowhere.
        if let Credential::Literal { secrets, .. } = &mut credential {
            secrets.retain(|secret| secret.file != made_up_file());
        }
        let decoded = encoded.then(|| match data {
            Some(data) => auth_data::masked(data),
            None => masked(channel).to_owned(),
        });
        let kind = std::mem::discriminant(&credential);
        let known = |known: &Exposure| {
            known.span == span && known.channel == channel && std::mem::discriminant(&known.credential) == kind
        };
        if !self.exposures.iter().any(known) && self.exposures.len() < MOST_SETTINGS {
            self.exposures.push(Exposure { place: self.place, channel, span, credential, registries, decoded });
        }
    }

    /// Everything that was met, judged. `has_init` says that `AWS::CloudFormation::Init` of the resource was read too.
    #[must_use]
    pub fn into_launch_data(mut self, owner: &str, key: Option<Span>, has_init: bool) -> LaunchData {
        self.elsewhere |= self.runs_init && !has_init;
        let faults = faults::find(&self.data, &self.types, self.elsewhere, &self.stand_ins);
        let registries = self.registries();
        LaunchData {
            owner: owner.to_owned(),
            key,
            when: crate::model::Assumptions::always(),
            exposures: self.exposures,
            written: self.written,
            faults,
            registries,
            is_cut: self.is_cut,
            gives_type_only: !self.types.is_empty() && self.data.is_empty(),
        }
    }

    fn registries(&self) -> EngineRegistries {
        let mut registries = EngineRegistries { keys: Vec::new(), incomplete: self.elsewhere };
        for EngineData { data, .. } in &self.data {
            if faults::is_dropped(data, &self.types, self.elsewhere, &self.stand_ins) {
                continue;
            }
            registries.incomplete |= data.is_unknown();
            for entry in data.entries.iter().filter(|entry| entry.may_be_given_credentials()) {
                match entry.key() {
                    Some(key) => registries.keys.push(key),
                    None => registries.incomplete = true,
                }
            }
        }
        registries
    }
}

/// What a login or a client's file is, without any value of it.
fn masked(channel: Channel) -> &'static str {
    match channel {
        Channel::Agent => "ECS_ENGINE_AUTH_DATA=****",
        Channel::Login => "docker login --password ****",
        Channel::ClientFile => "\"auths\": {\"…\": {\"auth\": \"****\"}}",
        Channel::Bottlerocket => "[[settings.container-registry.credentials]] password = \"****\"",
    }
}

/// Whether the text was decoded from what stands in the file: many bytes there stand for each part of it.
fn is_decoded(text: &Text) -> bool {
    const LONGEST_ESCAPE: usize = 24;
    let whole = |piece: (&str, std::ops::Range<usize>, bool)| {
        !piece.2 && piece.1.len() >= LONGEST_ESCAPE && !piece.0.trim().is_empty()
    };
    text.parts().iter().any(|part| matches!(part, Part::Literal(literal) if literal.pieces().any(whole)))
}

/// The text, cut where it is longer than what is read; and whether it is.
fn beginning(text: &Text) -> (Text, bool) {
    let flat = Flat::new(text);
    let length = flat.as_str().len();
    if length <= LONGEST_TEXT {
        return (text.clone(), false);
    }
    let end = (0..=LONGEST_TEXT).rev().find(|at| flat.as_str().is_char_boundary(*at)).unwrap_or(0);
    (flat.slice(0..end), true)
}

/// A text of no file, for what is joined together.
pub fn made_up(text: &str) -> Text {
    Text::literal(MappedText::standing_for(text.to_owned(), Span::start_of(made_up_file())))
}

/// The file of texts that are in no file.
fn made_up_file() -> FileId {
    FileId(u32::MAX)
}
