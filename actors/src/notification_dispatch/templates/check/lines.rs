//! Where in a template something is.

/// The line, from 1, of the first tag that names `variable`; 1 if there is none.
pub(super) fn line_of(source: &str, variable: &str) -> usize {
    let mut line = 1;
    let mut rest = source;
    while let Some(start) = tag_start(rest) {
        let (before, tag_and_rest) = rest.split_at(start);
        line += line_breaks(before);
        let end = ["}}", "%}"].iter().filter_map(|end| tag_and_rest.find(end)).min();
        let (tag, after) = tag_and_rest.split_at(end.unwrap_or(tag_and_rest.len()));
        if let Some(at) = position_of_word(tag, variable) {
            return line + line_breaks(tag.get(..at).unwrap_or_default());
        }
        line += line_breaks(tag);
        rest = after;
    }
    1
}

/// The line, from 1, on which the second line of the words begins; 1 if there is one only.
pub(super) fn second_line_of(source: &str) -> usize {
    let words_begin = source.len() - source.trim_start().len();
    match source.trim().find('\n') {
        Some(at) => line_breaks(source.get(..=words_begin + at).unwrap_or_default()) + 1,
        None => 1,
    }
}

fn tag_start(text: &str) -> Option<usize> {
    ["{{", "{%"].iter().filter_map(|start| text.find(start)).min()
}

fn line_breaks(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

fn position_of_word(text: &str, word: &str) -> Option<usize> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |at: &usize| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(in_word) && !after.is_some_and(in_word)
    };
    text.match_indices(word).map(|(at, _)| at).find(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_found_in_tags_only_and_as_a_whole_word() {
        let source = "code\n{{ code_name }} code {% if a %}\n{{\n  code }}\n{{ code }}";
        assert_eq!(line_of(source, "code"), 4);
        assert_eq!(line_of(source, "a"), 2);
        assert_eq!(line_of(source, "nothing"), 1);
        assert_eq!(line_of("{{ open", "open"), 1);
    }

    #[test]
    fn the_second_line_is_counted_from_the_beginning_of_the_file() {
        for (source, line) in [("a\nb", 2), ("\n\na\nb\n", 4), ("a\n", 1), ("a\n\nb", 2), ("", 1)] {
            assert_eq!(second_line_of(source), line, "{source:?}");
        }
    }
}
