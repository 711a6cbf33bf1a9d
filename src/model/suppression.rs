//! Findings that the author of a file does not want to hear of, and for how long.

use crate::source::Span;

/// A day of the calendar.
pub type Date = jiff::civil::Date;

/// Reads a date that is written as `2027-01-31`, and in no other way.
#[must_use]
pub fn read_date(text: &str) -> Option<Date> {
    let is_long_form = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|_| is_long_form)
}

/// The day, in UTC, that is so many seconds after the beginning of 1970; `None` beyond the year 9999.
#[must_use]
pub fn date_of_unix_time(seconds: i64) -> Option<Date> {
    let day = i32::try_from(seconds.div_euclid(24 * 60 * 60)).ok()?;
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// A suppression, as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The rules that it names, and where each is written. Whether there are such rules is not decided yet.
    pub rules: Vec<(String, Span)>,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Where it is written.
    pub span: Span,
    /// What it covers.
    pub covers: Coverage,
}

/// What a suppression in a file covers: findings of that file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Those about the resource with that logical id, wherever they are.
    pub resource: Option<String>,
    /// Those that begin in one of these places, or just behind it.
    pub places: Vec<Span>,
}

impl Coverage {
    /// Whether a finding is covered that is about this resource and begins at this place, of the same file.
    #[must_use]
    pub fn covers(&self, resource: Option<&str>, place: Span) -> bool {
        let begins_in = |one: &Span| one.file == place.file && (one.start..=one.end).contains(&place.start);
        self.resource.as_deref().is_some_and(|id| resource == Some(id)) || self.places.iter().any(begins_in)
    }
}

/// How far a resource or a container reaches in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The resource's logical id, the family of a task definition, or the container's name.
    pub name: String,
    /// From its first byte, the key of a resource included, to its last.
    pub span: Span,
}

/// The name of the innermost of these around a place.
#[must_use]
pub fn innermost(extents: &[Extent], place: Span) -> Option<&str> {
    let around = extents.iter().filter(|extent| extent.span.contains(place));
    around.min_by_key(|extent| extent.span.end - extent.span.start).map(|extent| extent.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_form() {
        assert_eq!(read_date("2028-02-29").unwrap().to_string(), "2028-02-29");
        for text in
            ["2027-02-29", "2027-1-31", "20270131", "2027-01-31T00:00", "31.01.2027", "", "2027-13-01", "-002027-01"]
        {
            assert_eq!(read_date(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_become_days() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (-1, "1969-12-31"),
            (1_798_761_599, "2026-12-31"),
            (1_798_761_600, "2027-01-01"),
        ] {
            assert_eq!(date_of_unix_time(seconds).unwrap().to_string(), date);
        }
        assert_eq!(date_of_unix_time(i64::MAX), None);
    }
}
