use super::{FileId, MappedText, Position, Source, Span};

fn source(text: &str) -> Source {
    Source::new(FileId(0), "a.json".to_owned(), text.to_owned())
}

/// Line, column, UTF-16 column.
fn place(source: &Source, offset: usize) -> (u32, u32, u32) {
    let Position { line, column, utf16_column, .. } = source.position(u32::try_from(offset).unwrap());
    (line, column, utf16_column)
}

#[test]
fn a_crlf_is_one_line_end() {
    let text = source("ab\r\ncd\r\n\r\nef");
    assert_eq!(place(&text, 1), (1, 2, 2));
    assert_eq!(place(&text, 4), (2, 1, 1));
    assert_eq!(place(&text, 8), (3, 1, 1));
    assert_eq!(place(&text, 11), (4, 2, 2));
    assert_eq!(place(&text, 12), (4, 3, 3), "the end of a last line without a line end");
}

#[test]
fn columns_count_characters_and_utf16_units() {
    let line = "x\n🦀é!";
    let text = source(line);
    assert_eq!(place(&text, 2), (2, 1, 1));
    assert_eq!(place(&text, 6), (2, 2, 3));
    assert_eq!(place(&text, 8), (2, 3, 4));
    assert_eq!(place(&text, line.len()), (2, 4, 5));
    for inside in 3..6 {
        assert_eq!(text.position(inside).offset, 2, "inside the crab");
    }
    assert_eq!(text.position(u32::MAX).offset as usize, line.len());
}

#[test]
fn a_byte_order_mark_is_no_column() {
    let text = source("\u{feff}é{\nx");
    assert_eq!(text.body_start(), 3);
    for at_start in 0..4 {
        assert_eq!(place(&text, at_start), (1, 1, 1));
    }
    assert_eq!(place(&text, 5), (1, 2, 2));
    assert_eq!(place(&text, 7), (2, 1, 1));
    assert_eq!(place(&source("\u{feff}"), 0), (1, 1, 1));
    assert_eq!(place(&source(""), 9), (1, 1, 1));
}

#[test]
fn a_slice_outside_the_text_is_empty() {
    let text = source("aé");
    let slice = |start, end| text.slice(Span::new(FileId(0), start, end));
    assert_eq!(slice(0, 3), "aé");
    assert_eq!(slice(0, 2), "");
    assert_eq!(slice(2, 9), "");
    assert_eq!(slice(3, 1), "");
}

#[test]
fn text_that_stands_as_it_is_maps_one_to_one() {
    let mapped = MappedText::from_plain("aéb".to_owned(), Span::new(FileId(1), 10, 14));
    assert_eq!(mapped.span(1..3), Span::new(FileId(1), 11, 13));
    assert_eq!(mapped.span(2..3), Span::new(FileId(1), 11, 13), "never half a character");
    assert_eq!(mapped.span(4..9), Span::new(FileId(1), 14, 14));
    assert_eq!(mapped.slice(1..4).span(2..3), Span::new(FileId(1), 13, 14));
    assert_eq!(MappedText::unplaced("x").slice(0..1).as_str(), "x");
}

proptest::proptest! {
    #[test]
    fn positions_count_what_stands_before(text in "[\u{feff}]?[a\r\né🦀]{0,40}", offset in 0u32..200) {
        let text = source(&text);
        let position = text.position(offset);
        let before = &text.text()[text.body_start() as usize..position.offset as usize];
        let line = before.rsplit('\n').next().unwrap();
        let columns = (line.chars().count() + 1, line.encode_utf16().count() + 1);
        proptest::prop_assert_eq!(position.line as usize, before.matches('\n').count() + 1);
        proptest::prop_assert_eq!((position.column as usize, position.utf16_column as usize), columns);
    }
}
