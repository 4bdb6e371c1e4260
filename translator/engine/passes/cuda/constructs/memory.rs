//! Textures and surfaces. gfx94x does not support them, and CUDA 12 removed texture and surface references.

use tranship_rules::Rule;

use crate::cpp::call_site as site;
use crate::cpp::{Token, TokenKind};
use crate::finding::Finding;
use crate::pass::Pass;

/// Checks `texture`: a declaration `texture<T, dimensions, mode> name`.
pub(crate) fn texture_reference(pass: &mut Pass, index: usize, rule: &'static Rule) {
    reference(pass, index, rule);
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
        pass.report(Finding::of(rule, unit.span_of(index..name + 1)).saying(what));
    }
}

/// Reports a call that needs texture units. For architectures that have texture units, the new name is enough.
fn image_access(pass: &mut Pass, index: usize, rule: &'static Rule) {
    let unit = pass.unit;
    let without = pass.context.target.without_images();
    if without.is_empty() || site::call_open(unit, index).is_none() {
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
