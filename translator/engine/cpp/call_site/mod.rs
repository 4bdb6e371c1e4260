//! The tokens around an identifier: whether it is a use of a name, whether it is called, and with which arguments.

mod call;
mod declared_names;

use std::ops::Range;

use crate::cpp::keywords::is_no_scope;
use crate::cpp::{Directive, DirectiveKind, Token, TokenKind, Unit};
pub use call::{Call, arguments, call, certain_count};
pub use declared_names::{follows_template_type, is_function_or_test};

/// Whether the identifier at `index` can be a use of the CUDA name. It must not be a member, pasted, qualified by
/// another scope, defined or tested by a directive, or a parameter of the macro around it.
pub fn is_use(unit: &Unit, index: usize) -> bool {
    let is_cuda = |scope: usize| is_cooperative_groups(unit, &unit.tokens()[scope]);
    is_free(unit, index)
        && scope_before(unit, index).is_none_or(is_cuda)
        && (!unit.tokens()[index].is(Token::DIRECTIVE) || is_used_by_directive(unit, index))
}

/// Whether the identifier at `index` is neither a member nor pasted or turned into a string by a macro.
pub fn is_free(unit: &Unit, index: usize) -> bool {
    let tokens = unit.tokens();
    let is_operator = |t: &Token| t.is_double(b'#') || (t.is_punct(b'#') && !t.is(Token::LINE_START));
    !unit.is_member(index)
        && !index.checked_sub(1).is_some_and(|before| is_operator(&tokens[before]))
        && !tokens.get(index + 1).is_some_and(|t| t.is_double(b'#'))
}

/// The last token of the scope that qualifies the identifier at `index`; `None` for `name` and for `::name`.
pub fn scope_before(unit: &Unit, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let scope = index.checked_sub(2).filter(|_| tokens[index - 1].is_double(b':'))?;
    let token = &tokens[scope];
    let is_name = token.kind == TokenKind::Identifier && !is_no_scope(unit.text(token));
    (is_name || token.is_punct(b'>')).then_some(scope)
}

/// Whether `scope` is the name of the namespace of cooperative groups, or of an alias for it in this file.
fn is_cooperative_groups(unit: &Unit, scope: &Token) -> bool {
    let word = unit.text(scope);
    let is_alias = || unit.namespace_aliases().get(word).is_some_and(|target| target == "cooperative_groups");
    matches!(word, b"cooperative_groups" | b"cg") || is_alias()
}

fn is_used_by_directive(unit: &Unit, index: usize) -> bool {
    let Some(directive) = unit.directive_of(index) else { return false };
    match directive.kind {
        DirectiveKind::Define => {
            index > directive.tokens.start && !is_macro_parameter(unit, directive, index)
        }
        DirectiveKind::Pragma => true,
        _ => false,
    }
}

/// More tokens of a parameter list than any real macro has; the rest is not searched.
const MOST_PARAMETERS: usize = 512;

/// Whether the token at `index` of a `#define` is in its list of parameters, or is a parameter in its body.
fn is_macro_parameter(unit: &Unit, directive: &Directive, index: usize) -> bool {
    let tokens = unit.tokens();
    let Some(parameters) = macro_parameters(unit, directive) else { return false };
    let word = unit.text(&tokens[index]);
    index < parameters.end
        || tokens[parameters].iter().take(MOST_PARAMETERS).any(|token| unit.text(token) == word)
}

/// Token indices of the parameters of a function-like macro, without the parentheses.
pub fn macro_parameters(unit: &Unit, directive: &Directive) -> Option<Range<usize>> {
    let tokens = unit.tokens();
    let name = tokens.get(directive.tokens.start)?;
    let open = directive.tokens.start + 1;
    let opens = tokens.get(open).filter(|_| open < directive.tokens.end)?;
    if !opens.is_punct(b'(') || opens.start != name.end {
        return None;
    }
    Some(open + 1..unit.lexed.close_of(open, directive.tokens.end)?)
}

/// The end of the tokens of the directive around token `index`, or of the file outside of directives.
pub fn end_of_part(unit: &Unit, index: usize) -> usize {
    unit.directive_of(index).map_or(unit.tokens().len(), |directive| directive.tokens.end)
}

/// The index of the `(` of a call of the name at `index`, behind its template arguments.
pub fn call_open(unit: &Unit, index: usize) -> Option<usize> {
    behind_callee(unit, index).filter(|&open| unit.tokens()[open].is_punct(b'('))
}

/// The index of the token behind the name at `index` and its template arguments, in the same directive or code.
fn behind_callee(unit: &Unit, index: usize) -> Option<usize> {
    let end = end_of_part(unit, index);
    let mut open = index + 1;
    if unit.tokens().get(open)?.is_punct(b'<') && unit.launch_opening_at(open).is_none() {
        open = unit.lexed.angle_close(open, end)? + 1;
    }
    (open < end).then_some(open)
}

/// Index of the last token `byte` among the 256 tokens before token `index`.
pub fn last_before(unit: &Unit, index: usize, byte: u8) -> Option<usize> {
    const FAR: usize = 256;
    (index.saturating_sub(FAR)..index).rev().find(|&at| unit.tokens()[at].is_punct(byte))
}

/// The innermost bracket that is open at `index` in the statement around it, not before `start`.
pub fn enclosing_open(unit: &Unit, start: usize, index: usize) -> Option<usize> {
    let tokens = unit.tokens();
    let mut depth = 0;
    (start.max(unit.lexed.statement_start(index))..index).rev().find(|&at| {
        let token = &tokens[at];
        if token.kind != TokenKind::Punct {
            return false;
        }
        match token.byte {
            b')' | b']' => depth += 1,
            b'(' | b'[' if depth == 0 => return true,
            b'(' | b'[' => depth -= 1,
            _ => {}
        }
        false
    })
}

/// The source of `tokens` on one line, shortened for a message.
pub fn shown(unit: &Unit, tokens: Range<usize>) -> String {
    const LONGEST: usize = 40;
    if tokens.is_empty() {
        return String::new();
    }
    let mut span = unit.span_of(tokens);
    // The message shows at most `LONGEST` characters, so white space beyond this length does not matter.
    span.end = span.end.min(span.start.saturating_add(100 * LONGEST as u32));
    let text = unit.slice(span);
    let line = text.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// Whether the last `x` of `code` can be a use of a CUDA name.
    #[track_caller]
    fn check(code: &str, expected: bool) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let index = (0..unit.tokens().len()).rfind(|&at| unit.is_word(at, "x")).expect("the code has `x`");
        assert_eq!(is_use(&unit, index), expected, "{code}");
    }

    #[test]
    fn uses() {
        check("x(1);", true);
        check("a = ::x;", true);
        check("cg::x();", true);
        check("namespace g = cooperative_groups; g::x();", true);
        check("std::x();", false);
        check("a<int>::x();", false);
        check("a.x();", false);
        check("a->x();", false);
    }

    #[test]
    fn keywords_are_no_scopes() {
        check("return ::x();", true);
        check("co_await ::x();", true);
        check("a = b and ::x();", true);
        check("delete ::x();", true);
        check("const ::x a;", true);
        check("__device__ ::x a();", true);
    }

    #[test]
    fn directives() {
        check("#define x 1\n", false);
        check("#define A x\n", true);
        check("#define A(x) x\n", false);
        check("#define A(a) x##a\n", false);
        check("#define A(a) #x\n", false);
        check("#ifdef x\n#endif\n", false);
        check("#pragma x\n", true);
    }
}
