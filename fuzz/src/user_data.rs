//! User data in each of its forms.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecs_lint::model::{Part, Text};
use ecs_lint::source::{FileId, MappedText, Span};
use ecs_lint::userdata::Reading;

/// User data in whatever form it has; how many credentials it exposes.
pub fn user_data(bytes: &[u8]) -> usize {
    read(&String::from_utf8_lossy(bytes))
}

/// A shell script.
pub fn shell(bytes: &[u8]) -> usize {
    read(&format!("#!/bin/sh\n{}", String::from_utf8_lossy(bytes)))
}

/// A PowerShell script.
pub fn powershell(bytes: &[u8]) -> usize {
    read(&format!("<powershell>\n{}", String::from_utf8_lossy(bytes)))
}

/// A cloud-config.
pub fn cloud_config(bytes: &[u8]) -> usize {
    read(&format!("#cloud-config\n{}", String::from_utf8_lossy(bytes)))
}

/// A MIME message.
pub fn mime(bytes: &[u8]) -> usize {
    read(&format!("MIME-Version: 1.0\n{}", String::from_utf8_lossy(bytes)))
}

/// Bytes that stand in the file as base64, of gzip if they begin like it.
pub fn gzip(bytes: &[u8]) -> usize {
    read(&STANDARD.encode(bytes))
}

/// Reads a text as user data that `Fn::Base64` encodes. Every place that comes out must be one of the text.
fn read(text: &str) -> usize {
    let start = Span::start_of(FileId(0));
    let inner = Text::literal(MappedText::from_plain(text.to_owned(), start));
    let mut reading = Reading::new();
    reading.user_data(&Text::new(vec![Part::Base64(Box::new(inner), start)]));
    let data = reading.into_launch_data("Nodes", None, false);
    let spans = data.exposures.iter().map(|exposure| exposure.span).chain(data.faults.iter().map(|fault| fault.span));
    for span in spans.filter(|span| span.file == FileId(0)) {
        assert!(span.start <= span.end && text.get(span.range()).is_some(), "{span:?} is no place of the text");
    }
    data.exposures.len()
}
