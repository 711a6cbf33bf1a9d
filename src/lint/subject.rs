//! What a finding is about, taken from its message where its rule does not say.

/// What a message quotes, in order and each once; the whole message where it quotes nothing.
pub fn of_message(message: &str) -> String {
    let mut quoted: Vec<&str> = Vec::new();
    for text in message.split('`').skip(1).step_by(2) {
        if !quoted.contains(&text) {
            quoted.push(text);
        }
    }
    if quoted.is_empty() { message.to_lowercase() } else { quoted.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::of_message;

    #[test]
    fn other_words_around_the_same_facts_are_the_same_subject() {
        assert_eq!(of_message("`a` lacks `b` for `a`"), "a b");
        assert_eq!(of_message("for `a` there is no `b`"), of_message("`a` lacks `b` for `a`"));
        assert_eq!(of_message("This is empty"), "this is empty");
        assert_eq!(of_message(""), "");
    }
}
