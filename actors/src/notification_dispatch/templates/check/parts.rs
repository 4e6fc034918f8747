//! What the rendered parts of a message must be like.

use secrecy::ExposeSecret;

use super::super::super::{Medium, Notice};
use super::super::fault::{TemplateFault, TemplateFaults};
use super::super::samples::MARKUP;
use super::super::sms;
use super::super::sources::{Part, Source};
use super::lines::{line_of, second_line_of};

/// Judges `rendered`, which is a part of the message of `notice`.
pub(super) fn check(
    notice: &Notice,
    part: Part,
    rendered: &str,
    source: &Source,
    faults: &mut TemplateFaults,
) {
    let mut fault = |line: usize, message: &str| {
        faults.add(TemplateFault::new(&source.file, Some(line), message));
    };
    if rendered.is_empty() {
        fault(1, "is empty");
        return;
    }
    for (variable, times) in secrets(notice, rendered) {
        let line = line_of(&source.text, variable);
        match part {
            Part::Subject if times > 0 => {
                fault(
                    line,
                    &format!("a subject must not hold the {variable}: many devices show it"),
                );
            }
            Part::Text if times != 1 => {
                fault(
                    line,
                    &format!("must hold {{{{ {variable} }}}} exactly once, not {times} times"),
                );
            }
            // A button needs its address twice: to open, and to read.
            Part::Html if times == 0 || (times > 1 && variable == "code") => {
                fault(line, &format!("must show the {variable} once, not {times} times"));
            }
            Part::Subject | Part::Text | Part::Html => {}
        }
    }
    match part {
        Part::Subject if rendered.chars().any(char::is_control) => {
            fault(second_line_of(&source.text), "a subject must be one line");
        }
        Part::Text if notice.kind().medium() == Medium::Sms => {
            if let Some(excess) = sms::excess(rendered) {
                fault(1, &excess);
            }
        }
        Part::Html if rendered.contains(MARKUP) => {
            let message = "must escape first_name: names may hold markup";
            fault(line_of(&source.text, "first_name"), message);
        }
        Part::Subject | Part::Text | Part::Html => {}
    }
}

/// What the notice brings, by its variable's name, and how often it is in `rendered`.
fn secrets(notice: &Notice, rendered: &str) -> impl Iterator<Item = (&'static str, usize)> {
    let code = notice.code().map(|code| ("code", code.expose()));
    let link = notice.link().map(|link| ("link", link.expose_secret()));
    let times = |(variable, secret): (_, &str)| (variable, rendered.matches(secret).count());
    [code.map(times), link.map(times)].into_iter().flatten()
}
