//! Names that were meant when a wrong one was written.

/// The names most like `wanted`: at most three, best first, none that is too far from it.
///
/// `_` and blanks count as `-`, case does not count, and a name of which `wanted` is a part is
/// near whatever its length.
pub fn nearest<'n>(names: impl IntoIterator<Item = &'n str>, wanted: &str) -> Vec<&'n str> {
    let wanted = wanted.trim().to_lowercase().replace(['_', ' '], "-");
    let mut near: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (likeness(name, &wanted), name))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .collect();
    near.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Below this, a name shares no more than a few letters with another.
const LEAST_LIKENESS: f64 = 0.5;

/// From 0, nothing in common, to 1, the same.
fn likeness(name: &str, wanted: &str) -> f64 {
    let as_typed = strsim::normalized_damerau_levenshtein(name, wanted);
    if wanted.len() >= 3 && name.contains(wanted) {
        // Between names that contain it, the one with the least beside it comes first.
        return 0.5 + as_typed / 2.0;
    }
    as_typed
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const NAMES: [&str; 5] = [
        "execution-role-missing",
        "secret-arn-malformed",
        "secret-name-instead-of-arn",
        "secret-permission-missing",
        "wrong-type",
    ];

    #[test]
    fn a_slip_a_part_and_another_separator_find_the_name() {
        assert_eq!(nearest(NAMES, "secret-arn-malfromed").first(), Some(&"secret-arn-malformed"));
        assert_eq!(nearest(NAMES, "Execution_Role_Missing").first(), Some(&"execution-role-missing"));
        assert_eq!(
            nearest(NAMES, "secret"),
            ["secret-arn-malformed", "secret-permission-missing", "secret-name-instead-of-arn"]
        );
        assert!(nearest(NAMES, "zzz").is_empty());
        assert!(nearest(NAMES, "").is_empty());
    }
}
