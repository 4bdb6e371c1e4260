//! Writes readiness and findings as one HTML page. The page needs no network and no other file.
//!
//! Text from the project is escaped, or is in a block of JSON that the page's script puts only into text nodes. The
//! content security policy of the page forbids all other scripts and all connections.

pub(super) mod advice;
pub(super) mod merged;
mod picture;
mod places;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use tranship_rules::Rules;
use xxhash_rust::xxh3::xxh3_128;

use super::efficiency::Efficiency;
use super::json;
use super::markup::escape;
use super::readiness::{LibraryUse, NumberTopic, Readiness, RuleUse, UnknownHeader, percent, readiness};
use super::{bases, display_path, number};
use tranship_engine::result::survey::Uses;
use tranship_engine::result::{Basis, Conversion};
use tranship_engine::text::path::readable;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page for all conversions. `command` is the command line that makes the page, and `day` its date.
pub(super) fn render(
    conversions: &[Conversion],
    efficiency: Option<&Efficiency>,
    command: &str,
    day: &str,
) -> String {
    let readiness = readiness(conversions);
    let data = json_in_page(&json::compact(conversions));
    // A script in the project cannot guess the nonce, because the nonce is a hash of the whole report.
    let nonce = format!("{:032x}", xxh3_128(data.as_bytes()));
    let pages = json_in_page(&pages(conversions));
    let subject = escape(&subject(conversions));
    let head = Head {
        about: "ready for ROCm?",
        scripts: &format!("script-src 'nonce-{nonce}'; "),
        body: "",
        lead: &targets(&bases(conversions)),
        command,
        day,
    };
    let mut out = head.render(&subject);
    out.push_str(&verdict(&readiness));
    out.push_str(&shares(&readiness));
    out.push_str(&open_rules(&readiness.rules));
    out.push_str(&places::places(&readiness));
    out.push_str(&libraries(&readiness.libraries));
    out.push_str(&numbers(&readiness.numbers));
    out.push_str(&unknown_headers(&readiness.unknown_headers));
    match efficiency {
        Some(efficiency) => out.push_str(&advice::section(efficiency)),
        None => out.push_str(&advice::several_gpus(&bases(conversions))),
    }
    out.push_str(FINDINGS);
    let _ = writeln!(
        out,
        "</main>\n<footer>Written by <code>tranship</code>. The page contains its data as JSON and loads no other file.</footer>\n\
         <script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script type=\"application/json\" id=\"pages\">{pages}</script>\n<script nonce=\"{nonce}\">\n{SCRIPT}</script>\n</body>\n</html>"
    );
    out
}

/// The beginning of a page: everything before its sections.
struct Head<'a> {
    /// What the page says about its subject.
    about: &'a str,
    /// Which scripts the browser may run, as a part of the page's policy; empty for none.
    scripts: &'a str,
    /// The attributes of the body.
    body: &'a str,
    /// The lines under the title, as HTML.
    lead: &'a str,
    /// The command line that makes the page.
    command: &'a str,
    /// Its date.
    day: &'a str,
}

impl Head<'_> {
    /// The beginning of the page about `subject`, which is HTML.
    fn render(&self, subject: &str) -> String {
        let Self { about, scripts, body, lead, command, day } = self;
        let day = if day.is_empty() { String::new() } else { format!(", <time>{}</time>", escape(day)) };
        let command =
            if command.is_empty() { String::new() } else { format!(", <code>{}</code>", escape(command)) };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             {scripts}base-uri 'none'; form-action 'none'\">\n\
             <title>{subject}: {about}</title>\n<style>\n{STYLE}</style>\n</head>\n<body{body}>\n\
             <header>\n<p class=\"eyebrow\">tranship {}{day}{command}</p>\n<h1>{subject}</h1>\n\
             {lead}</header>\n<main>\n",
            env!("CARGO_PKG_VERSION"),
        )
    }
}

/// The platforms of the output: one line if all are the same, otherwise a line for each project.
fn targets(bases: &[Basis]) -> String {
    let target = |basis: &Basis| {
        let archs = escape(&basis.target.archs.join(", "));
        format!("CUDA to ROCm {} on {archs}", basis.target.rocm)
    };
    let mut lines: Vec<String> = bases.iter().map(target).collect();
    lines.dedup();
    if lines.len() > 1 {
        let of_project =
            |basis: &Basis| format!("{}: {}", escape(&display_path(basis.named())), target(basis));
        lines = bases.iter().map(of_project).collect();
    }
    let mut out = String::new();
    for line in lines {
        let _ = writeln!(out, "<p class=\"lead\">{line}</p>");
    }
    out
}

/// The addresses of the documentation, by rule, of the rules and names that have a page.
fn pages(conversions: &[Conversion]) -> String {
    let rules = Rules::builtin();
    let mut pages = BTreeMap::new();
    for found in super::files(conversions).flat_map(|(file, _)| &file.findings) {
        if let Some(page) = super::page_of(found.rule, &rules) {
            pages.insert(found.rule, page);
        }
    }
    serde_json::to_string(&pages).unwrap_or_default()
}

/// What to know before the decision to port.
fn verdict(readiness: &Readiness) -> String {
    let verdict = &readiness.verdict;
    let mut out = format!(
        "<section class=\"verdict\" aria-label=\"Verdict\">\n<p class=\"text\">{}</p>\n",
        prose(&verdict.state)
    );
    if verdict.to_minutes > 0 {
        let _ = writeln!(
            out,
            "<p>Effort for the findings: <b>{}</b> of work, without tests and tuning.</p>",
            verdict.effort
        );
    }
    if !verdict.slower.is_empty() {
        out.push_str("<p>Becomes slower:</p>\n<ul>\n");
        for slower in &verdict.slower {
            let files = figure(&format!("slower.{}", slower.name), slower.files);
            let _ = writeln!(
                out,
                "<li><b>{}</b>: <span>{}</span>. Files: {files}. <b>To do:</b> <span>{}</span>.</li>",
                escape(slower.name),
                prose(slower.why),
                prose(slower.todo)
            );
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
    out
}

/// Appends a table with a title, and the number of rows that it leaves out of `all`.
fn table(out: &mut String, title: &str, head: &str, rows: &[String], all: usize) {
    let _ = write!(
        out,
        "<div><h2>{title}</h2>\n<div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>\n{}</tbody></table></div>",
        rows.concat()
    );
    if all > rows.len() {
        let more = figure(&format!("more.{title}"), (all - rows.len()) as u32);
        let _ = write!(out, "<p class=\"note\">and {more} more</p>");
    }
    out.push_str("</div>\n");
}

/// The filters, and the empty list of findings that the script fills.
const FINDINGS: &str = r#"<section id="findings" aria-labelledby="findings-title">
<h2 id="findings-title">Findings</h2>
<form id="filters" role="search">
<label>Search <input id="text" type="search" placeholder="messages, paths, code" autocomplete="off"></label>
<label>Level <select id="level"><option value="">all</option></select></label>
<label>Rule <select id="rule"><option value="">all</option></select></label>
<label>Library <select id="library"><option value="">all</option></select></label>
<label>File <select id="file"><option value="">all</option></select></label>
<button type="reset">Clear</button>
</form>
<p class="hint"><span id="count" role="status"></span> <span class="keys"><kbd>/</kbd> search, <kbd>j</kbd> next, <kbd>k</kbd> previous, <kbd>Enter</kbd> open</span></p>
<div id="list"></div>
<button id="more" type="button" hidden>Show more</button>
<noscript><p>The list of findings needs JavaScript. The figures above do not.</p></noscript>
</section>
"#;

/// `json` with escapes for `<`, `>` and `&`, so that a browser finds neither `</script>` nor `<!--` in the JSON.
fn json_in_page(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// `text` as HTML, with the parts between backticks as code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts
        .map(|(at, part)| if at % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) })
        .collect()
}

/// The title of the page: the names of the converted folders.
fn subject(conversions: &[Conversion]) -> String {
    let names = conversions.iter().filter_map(|conversion| conversion.root.file_name());
    let mut names: Vec<_> = names.map(|name| readable(Path::new(name))).collect();
    names.dedup();
    if names.is_empty() { "CUDA project".to_owned() } else { names.join(", ") }
}

/// `count` as HTML, with `name` as an attribute by which tests find the figure.
fn figure(name: &str, count: u32) -> String {
    format!("<span data-figure=\"{}\">{}</span>", escape(name), number(count as usize))
}

/// A bar with a part for each level.
fn bar(uses: Uses) -> String {
    let total = f64::from(uses.total().max(1));
    let mut out = format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{} by itself, {} to check, {} by hand\">",
        uses.safe, uses.review, uses.manual
    );
    let mut x = 0.0;
    for (class, count) in [("safe", uses.safe), ("review", uses.review), ("manual", uses.manual)] {
        let width = f64::from(count) * 100.0 / total;
        let _ = write!(out, "<rect class=\"{class}\" x=\"{x:.3}\" width=\"{width:.3}\" height=\"4\"/>");
        x += width;
    }
    out.push_str("</svg>");
    out
}

/// A ring with a part for each level, and the share that converts by itself in the middle.
fn ring(name: &str, uses: Uses) -> String {
    let total = f64::from(uses.total().max(1));
    let mut out = String::from(
        "<svg class=\"ring\" viewBox=\"0 0 42 42\" aria-hidden=\"true\"><circle class=\"track\" cx=\"21\" cy=\"21\" r=\"15.915\"/>",
    );
    let mut at = 0.0;
    for (class, count) in [("safe", uses.safe), ("review", uses.review), ("manual", uses.manual)] {
        // The radius makes the circumference 100.
        let part = f64::from(count) * 100.0 / total;
        let _ = write!(
            out,
            "<circle class=\"{class}\" cx=\"21\" cy=\"21\" r=\"15.915\" stroke-dasharray=\"{part:.3} {:.3}\" stroke-dashoffset=\"{:.3}\"/>",
            100.0 - part,
            25.0 - at
        );
        at += part;
    }
    let share = percent(uses);
    let _ = write!(out, "<text x=\"21\" y=\"21\" data-figure=\"{name}.percent\">{share}%</text></svg>");
    out
}

fn shares(readiness: &Readiness) -> String {
    let already_hip = || match readiness.already_hip {
        0 => String::new(),
        count => {
            format!("<p class=\"note\">Files that are HIP already: {}.</p>\n", figure("already_hip", count))
        }
    };
    if readiness.files.total() == 0 {
        return already_hip();
    }
    let mut out = String::from("<section aria-label=\"Readiness\" class=\"cards\">\n");
    let cards = [
        ("files", "files", readiness.files, "Files that use CUDA"),
        ("lines", "lines", readiness.lines, "Lines of these files"),
        ("uses", "uses", readiness.uses, "Uses of CUDA names"),
    ];
    for (name, _, uses, title) in cards {
        let _ = writeln!(
            out,
            "<article class=\"card\">{}<div><h2>{title}</h2><p class=\"total\">{}</p>\
             <ul class=\"legend\"><li class=\"safe\">{} by itself</li><li class=\"review\">{} to check</li><li class=\"manual\">{} by hand</li></ul></div></article>",
            ring(name, uses),
            figure(&format!("{name}.total"), uses.total()),
            figure(&format!("{name}.safe"), uses.safe),
            figure(&format!("{name}.review"), uses.review),
            figure(&format!("{name}.manual"), uses.manual),
        );
    }
    out.push_str("</section>\n");
    out + &already_hip()
}

/// The maximum number of rules that are shown unfolded.
const MAX_SHOWN_RULES: usize = 12;

fn open_rules(rules: &[RuleUse]) -> String {
    if rules.is_empty() {
        return "<section><h2>Needs a person</h2><p class=\"note\">Nothing.</p></section>\n".to_owned();
    }
    let (first, rest) = rules.split_at(rules.len().min(MAX_SHOWN_RULES));
    let mut out = format!(
        "<section><h2>Needs a person</h2>\n<p class=\"note\">Effort for one finding: \
         <b class=\"effort rework\">rework</b> days, a blocker; <b class=\"effort edit\">edit</b> up to an hour, the \
         message describes the edit; <b class=\"effort check\">check</b> minutes, the change is made already.</p>\n{}",
        rule_table(first)
    );
    if !rest.is_empty() {
        let _ = write!(
            out,
            "<details class=\"fold\"><summary>{} more {}</summary>{}</details>",
            figure("rules.folded", rest.len() as u32),
            if rest.len() == 1 { "rule" } else { "rules" },
            rule_table(rest)
        );
    }
    out.push_str("</section>\n");
    out
}

fn rule_table(rules: &[RuleUse]) -> String {
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"rules\"><colgroup><col class=\"c-effort\"><col class=\"c-rule\"><col class=\"c-n\"><col class=\"c-n\"><col></colgroup><thead><tr><th>Effort</th><th>Rule</th><th class=\"n\">Places</th>\
         <th class=\"n\">Files</th><th>Fact</th></tr></thead><tbody>\n",
    );
    for rule in rules {
        let part = |part: &str, count| figure(&format!("rule.{}.{}.{part}", rule.level, rule.rule), count);
        let _ = writeln!(
            out,
            "<tr><td><b class=\"effort {0}\">{0}</b></td><td><a href=\"#rule={1}\"><code>{2}</code></a></td>\
             <td class=\"n\">{3}</td><td class=\"n\">{4}</td><td>{5}</td></tr>",
            rule.effort,
            fragment(rule.rule),
            escape(rule.rule),
            part("count", rule.count),
            part("files", rule.files),
            prose(&rule.what),
        );
    }
    out.push_str("</tbody></table></div>");
    out
}

/// `text` percent-encoded, as a value in the fragment of a URL.
fn fragment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn libraries(libraries: &[LibraryUse]) -> String {
    if libraries.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<section><h2>By library</h2>\n<div class=\"scroll\"><table class=\"libraries\"><thead><tr><th>CUDA</th><th>ROCm</th><th class=\"n\">Uses</th><th>Share</th><th class=\"n\">By itself</th><th class=\"n\">To check</th><th class=\"n\">By hand</th></tr></thead><tbody>\n",
    );
    for library in libraries {
        let part = |part: &str, count| figure(&format!("library.{}.{part}", library.library), count);
        let _ = writeln!(
            out,
            "<tr><td><a href=\"#library={}\">{}</a></td><td>{}</td><td class=\"n\">{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            fragment(library.library),
            escape(library.title),
            escape(library.rocm),
            part("total", library.uses.total()),
            bar(library.uses),
            part("safe", library.uses.safe),
            part("review", library.uses.review),
            part("manual", library.uses.manual),
        );
    }
    out.push_str("</tbody></table></div></section>\n");
    out
}

fn numbers(topics: &[NumberTopic]) -> String {
    if topics.is_empty() {
        return String::new();
    }
    let mut out = String::from("<section><h2>Possible numerical differences</h2>\n<div class=\"topics\">\n");
    for topic in topics {
        let _ = writeln!(
            out,
            "<article><h3>{}</h3><p>{}.</p><p><b>To do:</b> {}.</p><p class=\"note\">Uses: {}. Files: {}. Most in <code>{}:{}</code>. Source: <span>{}</span>.</p></article>",
            escape(topic.topic),
            prose(topic.what),
            prose(topic.todo),
            figure(&format!("number.{}.count", topic.topic), topic.count),
            figure(&format!("number.{}.files", topic.topic), topic.files),
            escape(&topic.path),
            figure(&format!("number.{}.line", topic.topic), topic.line),
            prose(topic.source),
        );
    }
    out.push_str("</div></section>\n");
    out
}

/// More unknown headers than this are only counted.
const MAX_HEADERS: usize = 20;

/// The headers that no table has, so the shares do not count their names.
fn unknown_headers(headers: &[UnknownHeader]) -> String {
    if headers.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<section><h2>Headers that no table has</h2>\n<p class=\"note\">Check whether ROCm has their libraries.</p>\n\
         <div class=\"scroll\"><table><thead><tr><th scope=\"col\">Header</th>\
         <th scope=\"col\" class=\"n\">Files</th></tr></thead><tbody>\n",
    );
    for header in headers.iter().take(MAX_HEADERS) {
        let name = escape(&header.header);
        let files = figure(&format!("header.{}", header.header), header.files);
        let _ = writeln!(out, "<tr><td><code>{name}</code></td><td class=\"n\">{files}</td></tr>");
    }
    out.push_str("</tbody></table></div>");
    let more = headers.len().saturating_sub(MAX_HEADERS);
    if more > 0 {
        let _ = write!(out, "\n<p class=\"note\">More headers: {}.</p>", figure("headers.more", more as u32));
    }
    out.push_str("</section>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_project_cannot_become_markup() {
        assert_eq!(json_in_page("\"</script><!--&\""), "\"\\u003c/script\\u003e\\u003c!--\\u0026\"");
        assert_eq!(prose("a `<b>` c"), "a <code>&lt;b&gt;</code> c");
        assert_eq!(fragment("cub::Warp Size"), "cub%3A%3AWarp%20Size");
    }
}
