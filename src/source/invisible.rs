//! Characters that are there without being seen.

/// Whether a character reorders what a terminal or a page shows, or takes no room on it: two names that look the same are told apart
/// by such. Joiners of scripts and of emoji are among them. Source: Unicode, `Bidi_Control` and `Default_Ignorable_Code_Point`, without
/// variation selectors and fillers.
#[must_use]
pub fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
