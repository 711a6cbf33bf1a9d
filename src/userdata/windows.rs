//! User data of Windows: `<powershell>` and `<script>` blocks. Source: EC2 user guide, "How Amazon EC2 handles user data for Windows
//! instances".

use super::flat::Flat;
use super::form::Form;
use super::reading::Reading;
use crate::model::Text;

/// Reads the blocks, each by the language of its tag.
pub fn read(text: &Text, reading: &mut Reading) {
    let flat = Flat::new(text);
    // Tags count in any letter case; lower case keeps the offsets of ASCII.
    let lower = flat.as_str().to_ascii_lowercase();
    for (tag, form) in [("powershell", Form::PowerShell), ("script", Form::Batch)] {
        let (opening, closing) = (format!("<{tag}>"), format!("</{tag}>"));
        let mut at = 0;
        while let Some(start) =
            lower.get(at..).and_then(|rest| rest.find(&opening)).map(|found| at + found + opening.len())
        {
            let end =
                lower.get(start..).and_then(|rest| rest.find(&closing)).map_or(lower.len(), |found| start + found);
            reading.text_as(&flat.slice(start..end), form);
            at = end;
        }
    }
}
