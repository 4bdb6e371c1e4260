//! Writes the figures of kernels and the advice about them as one HTML page. The page has no script and loads no other file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tranship_engine::result::{Basis, Conversion, Found};
use tranship_rules::{Architecture, Rules, architecture};

use super::super::efficiency::{Efficiency, sentence};
use super::super::kernels::{name, rows, shown};
use super::super::markup::escape;
use super::super::{display_path, level, number, open, page_of};
use super::{Head, figure, picture, prose, subject};
use crate::advise::figures::Figures;
use crate::advise::{Failure, Kernel};

/// The greatest number of kernels that are shown unfolded.
const MAX_KERNELS: usize = 40;

/// The page about `kernels` on `archs`. `command` is the command line that makes the page, and `day` its date.
pub(in crate::report) fn render(
    kernels: &[Kernel],
    failures: &[Failure],
    archs: &[String],
    conversions: &[Conversion],
    [command, day]: [&str; 2],
) -> String {
    let subject = escape(&subject(conversions));
    let head = Head {
        about: "efficiency of kernels",
        scripts: "",
        body: " class=\"advice\"",
        lead: &format!("<p class=\"lead\">Efficiency of kernels on {}</p>\n", escape(&archs.join(", "))),
        command,
        day,
    };
    let mut out = head.render(&subject);
    out.push_str(&advice(conversions));
    out.push_str(&picture::render(kernels, archs));
    out.push_str(&table(kernels, archs));
    out.push_str(&gpus(archs));
    out.push_str(&without_figures(failures));
    out.push_str(
        "</main>\n<footer>Written by <code>tranship</code>. The figures are the compiler's; nothing ran on a GPU.</footer>\n\
         </body>\n</html>\n",
    );
    out
}

/// The section about efficiency on the page of a scan.
pub(super) fn section(efficiency: &Efficiency) -> String {
    let shares = efficiency.shares();
    let mut out = String::from("<section class=\"efficiency\"><h2>Efficiency of kernels</h2>\n");
    for share in &shares.gpus {
        let _ = writeln!(out, "<p>{}</p>", escape(&sentence(share)));
    }
    out.push_str(&picture::render(efficiency.kernels, efficiency.archs));
    if !shares.advice.is_empty() {
        out.push_str(
            "<div class=\"scroll\"><table class=\"rules\"><colgroup><col class=\"c-rule\"><col class=\"c-n\"><col class=\"c-n\"><col></colgroup>\
             <thead><tr><th>Slower because of</th><th class=\"n\">Places</th><th class=\"n\">Files</th><th>Why</th></tr></thead><tbody>\n",
        );
        for advice in &shares.advice {
            let part = |part: &str, count| figure(&format!("advice.{}.{part}", advice.rule), count);
            let _ = writeln!(
                out,
                "<tr><td><code>{}</code></td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}: {}</td></tr>",
                escape(advice.rule),
                part("count", advice.count),
                part("files", advice.files),
                prose(advice.what),
                prose(advice.why)
            );
        }
        out.push_str("</tbody></table></div>\n");
    }
    out.push_str("</section>\n");
    let fold = |title: &str, inside: &str| {
        format!("<details class=\"fold\"><summary>{title}</summary>{inside}</details>\n")
    };
    let _ = write!(
        out,
        "<div class=\"advice\">{}{}{}{}</div>",
        gpus(efficiency.archs),
        fold("All advice", &advice(efficiency.advice)),
        fold("All kernels", &table(efficiency.kernels, efficiency.archs)),
        without_figures(efficiency.failures)
    );
    out
}

/// The findings in the order of the files.
fn advice(conversions: &[Conversion]) -> String {
    let rules = Rules::builtin();
    let all = open(conversions);
    let mut out = format!("<section><h2>Advice ({})</h2>\n", number(all.len()));
    if all.is_empty() {
        out.push_str("<p class=\"note\">None.</p>\n");
    }
    for (file, found) in all {
        let Found { what, why, todo, rule, .. } = found;
        let line = found.place.as_ref().map_or(String::new(), |place| format!(":{}", place.start.line));
        let shown = format!("<code>{}</code>", escape(rule));
        let rule = page_of(rule, &rules)
            .map_or(shown.clone(), |page| format!("<a href=\"{}\">{shown}</a>", escape(&page)));
        let _ = writeln!(
            out,
            "<article class=\"finding\"><p><b class=\"badge {0}\">{0}</b> {rule} <code>{1}{line}</code></p>\
             <p>{2}</p><p class=\"note\">{3}.</p><p><b>To do:</b> {4}.</p></article>",
            level(found.level),
            escape(&display_path(&file.path)),
            prose(what),
            prose(why),
            prose(todo),
        );
    }
    out.push_str("</section>\n");
    out
}

/// The figures, those with the fewest waves first, in columns for each architecture.
fn table(kernels: &[Kernel], archs: &[String]) -> String {
    if kernels.is_empty() {
        return "<section><h2>Kernels</h2><p class=\"note\">No kernel was measured.</p></section>\n"
            .to_owned();
    }
    let mut rows = rows(kernels);
    rows.sort_by_key(|(kernel, _)| {
        let all = || kernel.figures.values();
        let waves = all().filter_map(|figures| figures.occupancy).min().unwrap_or(u32::MAX);
        (!all().any(Figures::uses_scratch), waves)
    });
    let (first, rest) = rows.split_at(rows.len().min(MAX_KERNELS));
    let mut out = format!(
        "<section><h2>Kernels ({})</h2>\n<p class=\"note\">Registers are those of a lane. Shared memory is in bytes for each \
         block, without what a launch adds; scratch is in bytes for each thread. Waves are those that a SIMD unit can hold at \
         once. A bar shows the part of what the GPU has.</p>\n{}",
        number(kernels.len()),
        part(first, archs)
    );
    if !rest.is_empty() {
        let _ = write!(
            out,
            "<details class=\"fold\"><summary>{} more</summary>{}</details>",
            number(rest.len()),
            part(rest, archs)
        );
    }
    out.push_str("</section>\n");
    out
}

fn part(rows: &[(&Kernel, usize)], archs: &[String]) -> String {
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"kernels\"><thead>\n<tr><th rowspan=\"2\">Kernel</th>",
    );
    for arch in archs {
        let _ = write!(out, "<th class=\"group\" colspan=\"5\">{}</th>", escape(arch));
    }
    out.push_str("</tr>\n<tr>");
    for _ in archs {
        out.push_str(
            "<th class=\"group\">Registers</th><th>Waves</th><th class=\"n\">Shared</th><th class=\"n\">Scratch</th>\
             <th>Limited by</th>",
        );
    }
    out.push_str("</tr></thead><tbody>\n");
    for &(kernel, count) in rows {
        let _ = write!(
            out,
            "<tr><td><code title=\"{}\">{}</code><br><span class=\"note\">{}:{}</span></td>",
            escape(&kernel.name),
            escape(&name(kernel, count)),
            escape(&display_path(&kernel.path)),
            kernel.line
        );
        for arch in archs {
            match kernel.figures.get(arch).zip(architecture(arch)) {
                Some((figures, known)) => out.push_str(&cells(figures, known)),
                None => out.push_str("<td class=\"group\" colspan=\"5\">no figures</td>"),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

fn cells(figures: &Figures, known: &Architecture) -> String {
    let (registers, waves) = (figures.registers(), figures.occupancy);
    let is_few = waves.is_some_and(|waves| waves * 2 <= known.waves);
    let scratch = if figures.uses_scratch() { " class=\"n bad\"" } else { " class=\"n\"" };
    format!(
        "<td class=\"group\">{}</td><td>{}</td><td class=\"n\">{}</td><td{scratch}>{}</td><td>{}</td>",
        bar(registers, known.vgprs, "used"),
        bar(waves, known.waves, if is_few { "few" } else { "full" }),
        shown(figures.lds),
        shown(figures.scratch),
        figures.limit(known).unwrap_or("")
    )
}

/// The number `value` and a bar with its part of `most`.
fn bar(value: Option<u32>, most: u32, class: &str) -> String {
    let part = f64::from(value.unwrap_or(0).min(most)) * 100.0 / f64::from(most.max(1));
    format!(
        "<span class=\"value\">{0}</span><svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{0} of {most}\"><rect class=\"track\" width=\"100\" height=\"4\"/>\
         <rect class=\"{class}\" width=\"{part:.1}\" height=\"4\"/></svg>",
        shown(value)
    )
}

/// A title, and the value of an architecture.
type Row = (&'static str, fn(&Architecture) -> String);

/// The GPUs of the target side by side, if there are several.
pub(super) fn several_gpus(bases: &[Basis]) -> String {
    let archs: BTreeSet<&String> = bases.iter().flat_map(|basis| &basis.target.archs).collect();
    if archs.len() < 2 {
        return String::new();
    }
    gpus(&archs.into_iter().cloned().collect::<Vec<_>>())
}

/// The GPUs side by side: what changes from one to the next.
fn gpus(archs: &[String]) -> String {
    let known: Vec<(&str, &Architecture)> =
        archs.iter().filter_map(|arch| Some((arch.as_str(), architecture(arch)?))).collect();
    if known.is_empty() {
        return String::new();
    }
    let mut out = String::from(
        "<section><h2>The GPUs</h2>\n<div class=\"scroll\"><table class=\"gpus\"><thead><tr><th></th>",
    );
    for (arch, known) in &known {
        let _ = write!(out, "<th>{} ({})</th>", escape(arch), escape(known.generation));
    }
    out.push_str("</tr></thead><tbody>\n");
    let rows: [Row; 8] = [
        ("Lanes of a wave", |known| known.wave.to_string()),
        ("Shared memory of a block", |known| format!("{} KiB", known.lds)),
        ("Vector registers of a lane", |known| known.vgprs.to_string()),
        ("Waves of a SIMD unit", |known| known.waves.to_string()),
        ("Matrix instructions", |known| named(known.matrix)),
        ("8-bit floats", |known| named(known.float8)),
        ("Floating atomic additions", |known| named(known.atomics)),
        ("Bytes of a copy to shared memory", |known| named(known.copies)),
    ];
    for (title, of) in rows {
        let values: Vec<String> = known.iter().map(|(_, known)| of(known)).collect();
        let differs = values.iter().any(|value| *value != values[0]);
        let _ = write!(out, "<tr{}><td>{title}</td>", if differs { " class=\"differs\"" } else { "" });
        for value in &values {
            let _ = write!(out, "<td>{}</td>", escape(value));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out.push_str(&changes(&known));
    out.push_str("</section>\n");
    out
}

/// What changes from each GPU to the next, as a list of sentences.
fn changes(known: &[(&str, &Architecture)]) -> String {
    let mut items = Vec::new();
    for pair in known.windows(2) {
        let [(from, old), (to, new)] = pair else { continue };
        let mut parts = Vec::new();
        if old.lds != new.lds {
            let effect =
                if new.lds > old.lds { "tiles can be larger" } else { "larger tiles do not fit any more" };
            parts.push(format!("shared memory goes from {} to {} KiB, so {effect}", old.lds, new.lds));
        }
        if old.wave != new.wave {
            parts.push(format!(
                "waves go from {} to {} lanes, so code that depends on them needs another look",
                old.wave, new.wave
            ));
        }
        if old.matrix != new.matrix {
            parts.push(format!(
                "matrix instructions go from {} to {}, which have other shapes and layouts",
                named(old.matrix),
                named(new.matrix)
            ));
        }
        if old.vgprs != new.vgprs {
            parts.push(format!("a lane can have {} registers instead of {}", new.vgprs, old.vgprs));
        }
        if old.waves != new.waves {
            parts.push(format!("a SIMD unit holds {} waves instead of {}", new.waves, old.waves));
        }
        if old.float8 != new.float8 {
            parts.push(format!("8-bit floats go from {} to {}", named(old.float8), named(new.float8)));
        }
        if old.atomics != new.atomics {
            parts.push(format!(
                "atomic additions with an instruction go from {} to {}",
                named(old.atomics),
                named(new.atomics)
            ));
        }
        if old.images != new.images {
            parts.push(if new.images {
                "there are texture units".to_owned()
            } else {
                "there are no texture units, so textures are computed".to_owned()
            });
        }
        let text =
            if parts.is_empty() { "nothing in this table changes".to_owned() } else { parts.join("; ") };
        items.push(format!("<li>From {} to {}: {}.</li>", escape(from), escape(to), escape(&text)));
    }
    if items.is_empty() { String::new() } else { format!("<ul class=\"changes\">{}</ul>\n", items.concat()) }
}

fn named(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text.to_owned() }
}

fn without_figures(failures: &[Failure]) -> String {
    if failures.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<section><h2>Files without figures ({})</h2>\n<details class=\"fold\"><summary>They do not compile alone</summary>\
         <div class=\"scroll\"><table><tbody>\n",
        number(failures.len())
    );
    for failure in failures {
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escape(&failure.path),
            escape(&failure.archs.join(", ")),
            escape(&failure.reason)
        );
    }
    out.push_str("</tbody></table></div></details></section>\n");
    out
}
