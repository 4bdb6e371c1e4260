//! Pictures of kernels: their registers and their waves on each GPU, as SVG without a script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tranship_rules::{Architecture, architecture};

use super::super::markup::escape;
use super::super::number;
use crate::advise::Kernel;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 200.0;
/// The space left of and below the field of the points.
const LEFT: f64 = 34.0;
const BELOW: f64 = 34.0;

/// One picture for each of `archs`: a point for each pair of registers and waves, larger for more kernels.
pub(super) fn render(kernels: &[Kernel], archs: &[String]) -> String {
    let pictures: Vec<String> =
        archs.iter().filter_map(|arch| one(kernels, arch, architecture(arch)?)).collect();
    if pictures.is_empty() {
        return String::new();
    }
    format!(
        "<div class=\"pictures\">{}</div>\n<p class=\"note\">A point is the kernels with these registers and waves; a red one has \
         scratch memory. More waves hide more of the time that memory takes.</p>\n",
        pictures.concat()
    )
}

fn one(kernels: &[Kernel], arch: &str, known: &Architecture) -> Option<String> {
    let mut points: BTreeMap<(u32, u32), (usize, bool, &str)> = BTreeMap::new();
    for kernel in kernels {
        let Some(figures) = kernel.figures.get(arch) else { continue };
        if let Some((registers, waves)) = figures.registers().zip(figures.occupancy) {
            let (count, has_scratch, _) =
                points.entry((registers, waves)).or_insert((0, false, &kernel.name));
            *count += 1;
            *has_scratch |= figures.uses_scratch();
        }
    }
    let all: usize = points.values().map(|(count, _, _)| count).sum();
    if all == 0 {
        return None;
    }
    let most = points.keys().map(|&(registers, _)| registers).max().unwrap_or(0).next_multiple_of(64).max(64);
    let x = |registers: u32| LEFT + f64::from(registers) * (WIDTH - LEFT - 16.0) / f64::from(most);
    let y = |waves: u32| {
        HEIGHT - BELOW - f64::from(waves.min(known.waves)) * (HEIGHT - BELOW - 14.0) / f64::from(known.waves)
    };
    let mut out = format!(
        "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{} kernels on {} by \
         registers and waves\">",
        escape(arch),
        number(all),
        escape(arch)
    );
    let step = (known.waves / 4).max(1);
    for waves in (0..=known.waves).step_by(step as usize) {
        let at = y(waves);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"tick\" x=\"{:.1}\" \
             y=\"{:.1}\" text-anchor=\"end\">{waves}</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    for registers in (0..=most).step_by((most / 4) as usize) {
        let _ = write!(
            out,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{registers}</text>",
            x(registers),
            HEIGHT - BELOW + 15.0
        );
    }
    let _ = write!(
        out,
        "<text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">registers of a lane</text>\
         <text class=\"axis\" transform=\"translate(9 {:.1}) rotate(-90)\" text-anchor=\"middle\">waves</text>",
        f64::midpoint(LEFT, WIDTH),
        HEIGHT - 4.0,
        (HEIGHT - BELOW) / 2.0
    );
    for ((registers, waves), (count, has_scratch, name)) in points {
        let radius = (3.0 + f64::from(u32::try_from(count).unwrap_or(u32::MAX)).sqrt()).min(11.0);
        let named = if count == 1 { escape(name) } else { format!("{} kernels", number(count)) };
        let _ = write!(
            out,
            "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"><title>{named}: {registers} registers, {waves} waves</title></circle>",
            if has_scratch { "scratch" } else { "kernel" },
            x(registers),
            y(waves)
        );
    }
    out.push_str("</svg></figure>");
    Some(out)
}
