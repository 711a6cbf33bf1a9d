//! What the formats in XML have in common.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

/// Characters that XML 1.0 forbids and that [`escaped`](super::mask::escaped) leaves as they are.
const NONCHARACTERS: [char; 2] = ['\u{fffe}', '\u{ffff}'];

/// Escaped text, fit for XML 1.0: what it forbids is gone with the control characters, but for two.
pub(super) fn allowed(text: &str) -> Cow<'_, str> {
    if text.contains(NONCHARACTERS) {
        text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}").into()
    } else {
        text.into()
    }
}

/// A writer with the declaration written.
pub(super) fn document(out: &mut dyn Write) -> io::Result<Writer<&mut dyn Write>> {
    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    Ok(writer)
}
