//! Writes joined reports as one HTML page: the ranking of the repositories, and the findings by rule.
//!
//! All text of reports is escaped. The script only sorts and filters rows that are there.

use std::fmt::Write as _;

use xxhash_rust::xxh3::xxh3_128;

use super::super::markup::escape;
use super::super::merged::{Merged, RuleRow, View, effort};
use super::super::{number, repositories};
use super::{Head, bar};

const SCRIPT: &str = include_str!("merged.js");
/// The maximum number of rules on the page.
const MAX_RULES: usize = 200;

/// The page for `merged`. `command` is the command line that makes the page, and `day` its date.
pub(in super::super) fn render(merged: &Merged, command: &str, day: &str) -> String {
    let view = merged.view();
    let [reports, count, _] = merged.counts();
    let lead = format!("<p class=\"lead\">{}, from {} reports</p>\n", repositories(count), number(reports));
    let nonce = format!("{:032x}", xxh3_128(format!("{command}{day}{SCRIPT}{}", view.all.open()).as_bytes()));
    let scripts = format!("script-src 'nonce-{nonce}'; ");
    let head = Head { about: "ready for ROCm?", scripts: &scripts, body: "", lead: &lead, command, day };
    let mut out = head.render(&repositories(count));
    list(
        &mut out,
        "Not scanned or incomplete",
        merged.failures().iter().map(|one| format!("{}: {}", one.path, one.message)),
    );
    list(&mut out, "About the reports", merged.notes().into_iter());
    out.push_str(&ranking(&view));
    out.push_str(&rules(&view));
    let _ = writeln!(
        out,
        "</main>\n<footer>Written by <code>tranship</code>. The page loads no other file.</footer>\n\
         <script nonce=\"{nonce}\">\n{SCRIPT}</script>\n</body>\n</html>"
    );
    out
}

fn list(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "<section class=\"failures\"><h2>{title}</h2>\n<ul>");
    for line in lines {
        let _ = writeln!(out, "<li>{}</li>", escape(&line).replace('\n', "\\n"));
    }
    out.push_str("</ul></section>\n");
}

fn ranking(view: &View) -> String {
    let mut out = String::from(
        "<section><h2>Repositories by readiness</h2>\n<p class=\"note\">Ready is the share of the lines in files with CUDA that \
         converts by itself. The effort is for the findings, without tests and tuning. A click on a title sorts.</p>\n\
         <p><label>Search <input id=\"text\" type=\"search\" autocomplete=\"off\"></label> <span id=\"count\" role=\"status\"></span></p>\n\
         <div class=\"scroll\"><table id=\"ranking\"><thead><tr>",
    );
    for (title, class) in [
        ("Rank", "n"),
        ("Repository", ""),
        ("Ready", "n"),
        ("", ""),
        ("Files", "n"),
        ("Lines", "n"),
        ("To check", "n"),
        ("To edit", "n"),
        ("Blockers", "n"),
        ("Effort", "n"),
    ] {
        let title = if title.is_empty() {
            String::new()
        } else {
            format!("<button type=\"button\">{title}</button>")
        };
        let _ = write!(out, "<th class=\"{class}\">{title}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &view.rows {
        let figures = &row.figures;
        let cell =
            |value: f64, text: &str| format!("<td class=\"n\" data-v=\"{value}\">{}</td>", escape(text));
        let count = |value: u32| cell(f64::from(value), &number(value as usize));
        let missing = if row.missing.is_empty() { "" } else { " <span class=\"bad\">incomplete</span>" };
        let commit = row.commit.map_or_else(String::new, |commit| {
            format!(" <code>{}</code>", escape(&commit.chars().take(9).collect::<String>()))
        });
        let ready = row.percent().unwrap_or_else(|| "no CUDA".to_owned());
        let _ = writeln!(
            out,
            "<tr>{}<td data-v=\"{1}\">{1}{commit}{missing}</td>{2}<td>{3}</td>{4}{5}{6}{7}{8}{9}</tr>",
            cell(
                row.rank.map_or(f64::MAX, |rank| f64::from(rank as u32)),
                &row.rank.map_or_else(|| "-".to_owned(), number)
            ),
            escape(&row.name).replace('\n', "\\n"),
            cell(row.ready.unwrap_or(-1.0), &ready),
            bar(figures.lines),
            count(figures.files.total()),
            count(figures.lines.total()),
            count(figures.open_of("check")),
            count(figures.open_of("edit")),
            count(figures.open_of("rework")),
            cell(f64::from(figures.to_minutes), &effort(figures)),
        );
    }
    let _ = writeln!(
        out,
        "</tbody></table></div>\n<p class=\"note\">All repositories: {} files with CUDA, {} lines.</p></section>",
        number(view.all.files.total() as usize),
        number(view.all.lines.total() as usize)
    );
    out
}

fn rules(view: &View) -> String {
    let mut out = String::from(
        "<section><h2>Findings by rule</h2>\n<div class=\"scroll\"><table><thead><tr><th>Effort</th><th>Rule</th><th>Fact</th>\
         <th class=\"n\">Repositories</th><th class=\"n\">Files</th><th class=\"n\">Findings</th></tr></thead>\n<tbody>\n",
    );
    for RuleRow { figures: rule, repositories } in view.rules.iter().take(MAX_RULES) {
        let _ = writeln!(
            out,
            "<tr><td><span class=\"effort {0}\">{0}</span></td><td><code>{1}</code></td><td>{2}</td><td class=\"n\">{3}</td>\
             <td class=\"n\">{4}</td><td class=\"n\">{5}</td></tr>",
            escape(&rule.effort),
            escape(&rule.rule),
            super::prose(&rule.what),
            number(*repositories),
            number(rule.files as usize),
            number(rule.count as usize)
        );
    }
    out.push_str("</tbody></table></div>\n");
    let more = view.rules.len().saturating_sub(MAX_RULES);
    if more > 0 {
        let _ = writeln!(out, "<p class=\"note\">And {} more; the JSON has all.</p>", number(more));
    }
    out.push_str("</section>\n");
    out
}
