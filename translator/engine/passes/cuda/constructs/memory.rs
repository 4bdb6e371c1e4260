//! Textures and surfaces. gfx94x does not support them, CUDA 12 removed texture and surface references, and HIP lacks or
//! refuses some uses on GPUs that have texture units.
//!
//! It does not follow a value through functions.

use std::ops::Range;

use tranship_rules::{Rule, list, rule};

use super::contracts;
use crate::cpp::call_site as site;
use crate::cpp::constants::number;
use crate::cpp::{Token, TokenKind, Unit};
use crate::finding::{Finding, Fix};
use crate::pass::Pass;
use crate::text::Edit;

/// The advice for a texture reference that stays as it is: a parameter, or the name of a type.
const WITHOUT_FIX: &str = "this declaration stays, and fetches from it do not compile; use a texture object \
                           (`hipTextureObject_t`) that you give to the kernels";

/// Checks `texture`: a declaration `texture<T, dimensions, mode> name`. HIP has such references for GPUs with texture units.
pub(crate) fn texture_reference(pass: &mut Pass, index: usize, rule: &'static Rule) {
    if !pass.context.target.without_images().is_empty() {
        reference(pass, index, rule);
    }
}

/// Checks a fetch from a texture object, or its creation.
pub(crate) fn texture_object(pass: &mut Pass, index: usize, rule: &'static Rule) {
    image_access(pass, index, rule);
}

/// Checks `surface`, the surface functions and the surface objects.
pub(crate) fn surface(pass: &mut Pass, index: usize, rule: &'static Rule) {
    if pass.unit.is_word(index, "surface") {
        reference(pass, index, rule);
    } else {
        image_access(pass, index, rule);
    }
}

/// A declaration of a reference: template arguments, then a name.
fn reference(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if !tokens.get(index + 1).is_some_and(|t| t.is_punct(b'<')) {
        return;
    }
    let Some(close) = unit.lexed.angle_close(index + 1, site::end_of_part(unit, index)) else { return };
    let mut name = close + 1;
    while tokens.get(name).is_some_and(|t| t.is_punct(b'&') || t.is_punct(b'*')) {
        name += 1;
    }
    if tokens.get(name).is_some_and(|t| t.kind == TokenKind::Identifier) {
        let what = format!(
            "`{}` is a {} reference",
            unit.slice(tokens[name].span()),
            unit.slice(tokens[index].span())
        );
        let fix =
            (rule.name == rule::TEXTURE_REFERENCE).then(|| software_reference(unit, index, name)).flatten();
        let finding = Finding::of(rule, unit.span_of(index..name + 1)).saying(what);
        let is_extern = || !unit.places(b"extern", unit.lexed.statement_start(index)..index).is_empty();
        pass.report(match fix {
            Some(edits) if is_extern() => finding.with(Fix::Many(edits)).advising(OF_ANOTHER_FILE),
            Some(edits) => finding.with(Fix::Many(edits)),
            None if rule.name == rule::TEXTURE_REFERENCE => finding.advising(WITHOUT_FIX),
            None => finding,
        });
    }
}

/// The advice for the declaration of a texture reference that may be defined in another file.
const OF_ANOTHER_FILE: &str =
    "check the assumption; if another file defines the reference, compile with `-fgpu-rdc`";

/// The edits that make the texture reference at token `index` a variable of the support header. `None` if the words in front
/// of it show that it is no variable of this file. `name` is the token of its name.
fn software_reference(unit: &Unit, index: usize, name: usize) -> Option<Vec<Edit>> {
    let tokens = unit.tokens();
    let qualified = index >= 2 && tokens[index - 1].is_double(b':');
    let edits = vec![Edit::replace(tokens[index].span(), "tranship::texture_reference")];
    if qualified || tokens[index].is(Token::DIRECTIVE) {
        return None;
    }
    let is_variable = tokens.get(name - 1).is_some_and(|t| t.is_punct(b'>') || t.is_double(b'>'));
    if !is_variable {
        return Some(edits);
    }
    let start = unit.lexed.statement_start(index);
    let words = tokens[start..index].iter().filter(|t| !t.is(Token::DIRECTIVE));
    let is_parameter = words.clone().any(|t| t.is_punct(b'('));
    let is_plain = words.clone().all(|t| !matches!(unit.text(t), b"typedef" | b"using"));
    let is_local = unit.function_at(tokens[index].start).is_some();
    if is_parameter || is_local || !is_plain {
        return None;
    }
    Some([edits, vec![Edit::insert(tokens[index].start, "__managed__ ")]].concat())
}

/// Reports a call that needs texture units. For architectures that have texture units, the new name is enough.
fn image_access(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let without = pass.context.target.without_images();
    if site::call_open(unit, index).is_none() {
        return;
    }
    if pass.context.target.has_images() {
        of_texture_units(pass, index);
    }
    if without.is_empty() {
        return;
    }
    let token: &Token = &unit.tokens()[index];
    let name = pass.context.rules.name(unit.text(token));
    if name.is_some_and(|name| pass.without_images(index, name).is_some()) {
        // The pass for names replaces the function.
        return;
    }
    let what = format!(
        "`{}` needs texture units, which {} does not have",
        unit.slice(token.span()),
        without.join(", ")
    );
    let finding = Finding::of(rule, token.span()).saying(what);
    pass.report(finding);
}

/// Reports a function for textures or surfaces that does something else on GPUs with texture units.
fn of_texture_units(pass: &mut Pass, index: usize) {
    let unit = pass.unit;
    let span = unit.tokens()[index].span();
    let name = unit.slice(span);
    // A call without template arguments gathers from a texture reference, unless its first argument is a pointer.
    let is_of_object = unit.tokens().get(index + 1).is_some_and(|t| t.is_punct(b'<'))
        || site::arguments(unit, index)
            .and_then(|all| all.into_iter().next())
            .is_some_and(|first| unit.tokens()[first.start].is_punct(b'&'));
    if name == "tex2Dgather" && is_of_object {
        let what = format!("`{name}` reads a channel of a texture object");
        pass.report_saying(rule::GATHERED_CHANNEL, span, what);
    }
    if matches!(&*name, "texCubemapGrad" | "texCubemapLayeredGrad") {
        pass.report_saying(rule::CUBEMAP_GRADIENT, span, format!("`{name}` returns 0"));
    }
    if name.ends_with("MipmappedArray") {
        pass.report_saying(
            rule::MIPMAPPED_ARRAY,
            span,
            format!("`{name}` creates or binds a mipmapped array"),
        );
    }
    if !name.starts_with("surf") {
        return;
    }
    if name.contains("DLayered") {
        pass.report_saying(rule::LAYERED_SURFACE, span, format!("`{name}` reads or writes a layer"));
    }
    let mode = site::arguments(unit, index).and_then(|all| all.into_iter().next_back());
    if let Some([mode]) = mode.map(|mode| &unit.tokens()[mode])
        && list::has(list::IGNORED_BOUNDARY_MODES, unit.text(mode))
    {
        let what = format!("`{name}` has the boundary mode `{}`, which HIP ignores", unit.slice(mode.span()));
        pass.report_saying(rule::BOUNDARY_MODE, mode.span(), what);
    }
}

/// Checks the modes of surfaces that are template arguments: `read<cudaBoundaryModeClamp>(surface)`.
pub(crate) fn check_boundary_modes(pass: &mut Pass) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if !pass.context.target.has_images() {
        return;
    }
    for word in list::IGNORED_BOUNDARY_MODES {
        for &index in unit.places(word.as_bytes(), 1..tokens.len()) {
            let index = index as usize;
            let (before, next) = (&tokens[index - 1], tokens.get(index + 1));
            let opens = before.is_punct(b'<') || before.is_punct(b',');
            let is_argument = opens && next.is_some_and(|next| next.is_punct(b'>'));
            if is_argument && !tokens[index].is(Token::FROZEN) {
                let what = format!("the boundary mode `{word}`, which HIP ignores, is a template argument");
                pass.report_saying(rule::BOUNDARY_MODE, tokens[index].span(), what);
            }
        }
    }
}

/// Checks an assignment to the pitch of a 2D texture.
pub(crate) fn texture_pitch(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    let is_assigned = tokens.get(index + 1).is_some_and(|t| t.is_punct(b'='));
    if !pass.context.target.has_images() || !is_assigned {
        return;
    }
    let Some(value) = expression_from(unit, index + 2) else { return };
    let computed = match &tokens[value.clone()] {
        [name] if name.kind == TokenKind::Identifier => initial_value(unit, value.start),
        _ => Some(value.clone()),
    };
    let Some(computed) = computed else { return };
    let bytes = contracts::number(pass, computed.clone()).or_else(|| product(pass, computed.clone()));
    let is_wrong = match bytes {
        Some(bytes) => bytes % PITCH != 0,
        None => is_product(unit, computed),
    };
    if is_wrong {
        let what = format!("the pitch of a texture is computed: `{}`", site::shown(unit, value.clone()));
        pass.report(Finding::of(rule, unit.span_of(value)).saying(what));
    }
}

/// The pitch of a 2D texture is a multiple of these bytes.
const PITCH: i64 = 256;

/// The tokens of the expression that begins at `start`, up to the `;` after it.
fn expression_from(unit: &Unit, start: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 64;
    let tokens = unit.tokens();
    let end = (start..tokens.len().min(start + LONGEST)).find(|&at| tokens[at].is_punct(b';'))?;
    (end > start).then_some(start..end)
}

/// The only value that the function assigns to the variable at token `index`. `None` if its address is taken, as an
/// allocation with a pitch does, or if there are several values.
fn initial_value(unit: &Unit, index: usize) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let function = unit.function_at(tokens[index].start)?;
    let places = unit.places(unit.text(&tokens[index]), function.body.clone());
    let is_address = |&at: &u32| tokens[at as usize - 1].is_punct(b'&');
    let is_assigned = |&&at: &&u32| tokens.get(at as usize + 1).is_some_and(|t| t.is_punct(b'='));
    if places.iter().any(is_address) {
        return None;
    }
    let mut assigned = places.iter().filter(is_assigned);
    let first = assigned.next().filter(|_| assigned.next().is_none())?;
    expression_from(unit, *first as usize + 2)
}

/// The value of a product of numbers and sizes of built-in types, such as `64 * sizeof(float)`.
fn product(pass: &Pass, value: Range<usize>) -> Option<i64> {
    let unit = pass.unit;
    let mut product = 1_i64;
    for part in unit.tokens()[value].split(|token| token.is_punct(b'*')) {
        let factor = match part {
            [one] if one.kind == TokenKind::Number => number(unit.text(one))?.value()?,
            [one] if one.kind == TokenKind::Identifier => pass.constant(unit.text(one))?.value()?,
            [size, _, kind, _] if unit.text(size) == b"sizeof" => match unit.text(kind) {
                b"char" | b"uchar" | b"int8_t" | b"uint8_t" => 1,
                b"short" | b"ushort" | b"half" => 2,
                b"float" | b"int" | b"uint" | b"unsigned" | b"uchar4" => 4,
                b"double" | b"float2" => 8,
                b"float4" => 16,
                _ => return None,
            },
            _ => return None,
        };
        product = product.checked_mul(factor)?;
    }
    Some(product)
}

/// Whether an expression is a product of a width and a size that nothing rounds up.
fn is_product(unit: &Unit, value: Range<usize>) -> bool {
    let tokens = &unit.tokens()[value];
    let is_size = |t: &Token| t.is_punct(b'*') || unit.text(t) == b"sizeof";
    let is_rounded = |t: &Token| {
        let text = unit.text(t).to_ascii_lowercase();
        let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
        matches!(t.byte, b'/' | b'&' | b'%') && t.kind == TokenKind::Punct || has(b"pitch") || has(b"align")
    };
    tokens.iter().any(is_size) && !tokens.iter().any(is_rounded)
}

/// Checks the linear filter: whether the array that the function last named as the source is a 3D array of this file.
pub(crate) fn volume_filter(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let tokens = unit.tokens();
    if !pass.context.target.archs.iter().any(|arch| arch == "gfx90a") {
        return;
    }
    let Some(function) = unit.function_at(tokens[index].start) else { return };
    let named = [b"array".as_slice(), b"hArray"].into_iter().flat_map(|word| {
        let places = unit.places(word, function.body.start..index).iter().map(|&at| at as usize);
        places.filter(|&at| tokens[at + 1].is_punct(b'=') && tokens[at + 3].is_punct(b';'))
    });
    let Some(source) = named.max().map(|at| unit.text(&tokens[at + 2])) else { return };
    if is_volume(unit, source) {
        pass.report(Finding::of(rule, tokens[index].span()));
    }
}

/// Whether the file allocates the array `name` with three dimensions.
fn is_volume(unit: &Unit, name: &[u8]) -> bool {
    let tokens = unit.tokens();
    let allocates = |&at: &u32| {
        let Some(arguments) = site::arguments(unit, at as usize) else { return false };
        let named =
            |word: &[u8], part: &Range<usize>| tokens[part.clone()].iter().any(|t| unit.text(t) == word);
        let is_layered = |part: &Range<usize>| {
            tokens[part.clone()]
                .iter()
                .any(|t| matches!(unit.text(t), b"cudaArrayLayered" | b"cudaArrayCubemap"))
        };
        arguments.first().is_some_and(|first| named(name, first)) && !arguments.iter().any(is_layered)
    };
    unit.places(b"cudaMalloc3DArray", 0..tokens.len()).iter().any(allocates)
}

/// Checks a call that registers a resource of a graphics API.
pub(crate) fn graphics_interop(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let without = pass.context.target.without_graphics();
    if without.is_empty() || site::call_open(unit, index).is_none() {
        return;
    }
    let span = unit.tokens()[index].span();
    let what =
        format!("`{}` needs graphics hardware, which {} does not have", unit.slice(span), without.join(", "));
    pass.report(Finding::of(rule, span).saying(what));
}

/// Checks an allocation of an array with CUDA's default flags.
pub(crate) fn array_flags(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let Some(arguments) = site::arguments(unit, index) else { return };
    if let [_, _, size] = arguments.as_slice() {
        let edit = Edit::insert(unit.span_of(size.clone()).end, ", 0");
        pass.report(Finding::of(rule, unit.tokens()[index].span()).with(Fix::One(edit)));
    }
}
