//! One call: its callee, its arguments, and whether the arguments are certain.
//!
//! Tokens split every call into arguments. The tree confirms them before arguments are moved, wrapped or dropped.

use std::ops::Range;

use super::behind_callee;
use crate::cpp::keywords::precedes_expression;
use crate::cpp::launches::split_arguments;
use crate::cpp::tree::calls::{CallInTree, TreeCall, Trust, call as call_in_tree};
use crate::cpp::{Token, TokenKind, Unit};
use crate::text::Span;

/// One call, a launch included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The callee, with its qualifiers, object and template arguments.
    pub callee: Span,
    /// The arguments in order.
    pub arguments: Vec<Span>,
    /// From the callee to the closing parenthesis.
    pub call: Span,
    /// How the call was found.
    pub trust: Trust,
    certain: bool,
}

impl Call {
    /// Whether the arguments may be moved, wrapped or dropped.
    ///
    /// True when the tree and the tokens split the call alike, and the tree is clean or the tokens leave only one way to
    /// split it. Without a tree the tokens alone decide. Never with `#if` between the parentheses.
    pub fn arguments_are_certain(&self) -> bool {
        self.certain
    }
}

/// The call with a callee that ends with the name at token `name`; `None` where the name is not called.
pub fn call(unit: &Unit, name: usize) -> Option<Call> {
    unit.tokens().get(name).filter(|token| token.kind == TokenKind::Identifier)?;
    let from_tokens = from_tokens(unit, name);
    match call_in_tree(unit, name) {
        CallInTree::Call(call) => Some(compared(call, from_tokens.as_ref().map(|found| (found, unit)))),
        CallInTree::NoCall => None,
        CallInTree::Unknown => from_tokens.map(|found| found.into_call(unit)),
    }
}

/// The arguments of a call of the name at token `name`, as tokens. `None` where the name is not called, or where the
/// arguments depend on a directive inside the parentheses.
pub fn arguments(unit: &Unit, name: usize) -> Option<Vec<Range<usize>>> {
    from_tokens(unit, name).filter(|call| !call.has_directive).map(|call| call.arguments)
}

/// The number of arguments of the call of the name at token `name`, if the tokens leave only one way to split them.
pub fn certain_count(unit: &Unit, name: usize) -> Option<usize> {
    from_tokens(unit, name).filter(|call| call.certain).map(|call| call.arguments.len())
}

/// The call from the tree. Its arguments are certain if the tokens split it the same way, and the tree is clean or the tokens
/// leave no other way.
fn compared(call: TreeCall, tokens: Option<(&TokenCall, &Unit)>) -> Call {
    let is_same = |(found, unit): (&TokenCall, &Unit)| {
        let starts = found.written().map(|part| unit.tokens()[part.start].start);
        !found.has_directive && starts.eq(call.arguments.iter().map(|span| span.start))
    };
    let leaves_one_way = call.trust == Trust::Clean || tokens.is_some_and(|(found, _)| found.certain);
    let certain = leaves_one_way && tokens.is_some_and(is_same);
    let TreeCall { callee, arguments, call, trust } = call;
    Call { callee, arguments, call, trust, certain }
}

/// A call as the tokens show it.
struct TokenCall {
    callee: Range<usize>,
    /// The tokens between the commas; a part may be empty.
    arguments: Vec<Range<usize>>,
    /// The closing parenthesis.
    close: usize,
    has_directive: bool,
    /// Whether the tokens leave only one way to split the call.
    certain: bool,
}

impl TokenCall {
    fn written(&self) -> impl Iterator<Item = &Range<usize>> {
        self.arguments.iter().filter(|part| !part.is_empty())
    }

    fn into_call(self, unit: &Unit) -> Call {
        let arguments = self.written().map(|part| unit.span_of(part.clone())).collect();
        let call = unit.span_of(self.callee.start..self.close + 1);
        let callee = unit.span_of(self.callee);
        Call { callee, arguments, call, trust: Trust::LexerOnly, certain: self.certain }
    }
}

fn from_tokens(unit: &Unit, name: usize) -> Option<TokenCall> {
    let tokens = unit.tokens();
    let is = |index: usize, byte: u8| tokens.get(index).is_some_and(|token| token.is_punct(byte));
    let mut open = behind_callee(unit, name)?;
    let mut callee = callee_start(unit, name)..open;
    let dereferenced = callee.start == name && name >= 2 && is(name - 1, b'*') && is(name - 2, b'(');
    if dereferenced && is(open, b')') {
        open += 1;
        callee = name - 2..open;
    }
    if let Some(launch) = unit.launch_opening_at(open) {
        open = launch.close.end;
    }
    if !is(open, b'(') {
        return None;
    }
    let close = unit.trees().brackets(unit).partner(open)?;
    let inside = open + 1..close;
    let arguments = split_arguments(&unit.lexed, inside.clone());
    let has_directive = !tokens[name].is(Token::DIRECTIVE) && holds_directive(unit, &inside);
    let certain = !has_directive
        && !looks_declared(unit, callee.start)
        && arguments.iter().all(|part| !part.is_empty())
        && arguments.len() == count_by_brackets(unit, inside);
    Some(TokenCall { callee, arguments, close, has_directive, certain })
}

/// Whether a directive begins in the tokens `inside`.
fn holds_directive(unit: &Unit, inside: &Range<usize>) -> bool {
    let directives = &unit.lexed.directives;
    let next = directives.partition_point(|directive| directive.tokens.end <= inside.start);
    directives.get(next).is_some_and(|directive| directive.tokens.start < inside.end)
}

/// The first token of a callee that ends with `name`, its qualifiers and objects included if they are names.
fn callee_start(unit: &Unit, name: usize) -> usize {
    let tokens = unit.tokens();
    let mut start = name;
    while let Some(connector) = start.checked_sub(1) {
        let token = &tokens[connector];
        if !(token.is_double(b':') || token.is_double(b'-') || token.is_punct(b'.')) {
            break;
        }
        match connector.checked_sub(1) {
            Some(before)
                if tokens[before].kind == TokenKind::Identifier
                    && !precedes_expression(unit.text(&tokens[before])) =>
            {
                start = before;
            }
            _ => return if token.is_double(b':') { connector } else { start },
        }
    }
    start
}

/// Whether the token before `first` makes the name a declaration rather than a call: `int f(`, `T *f(`.
fn looks_declared(unit: &Unit, first: usize) -> bool {
    let Some(before) = first.checked_sub(1) else { return true };
    let token = &unit.tokens()[before];
    if token.is(Token::DIRECTIVE) != unit.tokens()[first].is(Token::DIRECTIVE) {
        return true;
    }
    match token.kind {
        TokenKind::Identifier => !precedes_expression(unit.text(token)),
        _ => matches!(token.byte, b'*' | b'&' | b'>' | b'~') && token.kind == TokenKind::Punct,
    }
}

/// How many arguments there are when `<` and `>` are operators.
fn count_by_brackets(unit: &Unit, inside: Range<usize>) -> usize {
    let brackets = unit.trees().brackets(unit);
    let mut count = usize::from(!inside.is_empty());
    let mut index = inside.start;
    while index < inside.end {
        let token = &unit.tokens()[index];
        if token.is_punct(b',') {
            count += 1;
        } else if matches!(token.byte, b'(' | b'[' | b'{') {
            index = brackets.partner(index).filter(|&close| close > index).unwrap_or(index);
        }
        index += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// The trust, certainty, callee and arguments of the call of the first name spelled `name` in `code`.
    fn call(code: &str, name: &str) -> String {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let index =
            (0..unit.tokens().len()).find(|&at| unit.is_word(at, name)).expect("`name` is in the code");
        let Some(call) = super::call(&unit, index) else { return "no call".to_owned() };
        let text = |span: &Span| code[span.range()].to_owned();
        let arguments: Vec<_> = call.arguments.iter().map(text).collect();
        let certain = if call.arguments_are_certain() { "" } else { "?" };
        format!("{:?}{certain} {}({})", call.trust, text(&call.callee), arguments.join(" | "))
    }

    /// `code` is put into a function.
    fn check(code: &str, name: &str, expected: &str) {
        assert_eq!(call(&format!("void f(int n) {{ {code} }}"), name), expected, "{code}");
    }

    fn check_file(code: &str, name: &str, expected: &str) {
        assert_eq!(call(code, name), expected, "{code}");
    }

    #[test]
    fn plain_calls() {
        check("g();", "g", "Clean g()");
        check("g(a);", "g", "Clean g(a)");
        check("g(*p);", "g", "Clean g(*p)");
        check("auto x = ns::g(a, /* , */ b[1, 2]);", "g", "Clean ns::g(a | b[1, 2])");
        check("return p->o.g(h(1, 2), 3) + 1;", "g", "Clean p->o.g(h(1, 2) | 3)");
        check("return p->o.g(h(1, 2), 3) + 1;", "h", "Clean h(1 | 2)");
        check("if (g(a) != ok) { x(", "g", "Clean g(a)");
        check("g((void **)&p, sizeof(int) * n);", "g", "Clean g((void **)&p | sizeof(int) * n)");
    }

    #[test]
    fn commas_of_templates_and_comparisons() {
        check("g(k<float, 3>, a < b, c > d);", "g", "Clean g(k<float, 3> | a < b | c > d)");
        check(
            "g(k<float, 3>(a, b), std::pair<int, X<2>>{1, 2});",
            "g",
            "Clean g(k<float, 3>(a, b) | std::pair<int, X<2>>{1, 2})",
        );
        check("x = g<T, 4>(a, b);", "g", "Clean g<T, 4>(a | b)");
        check("x = o.template g<T>(a);", "g", "Clean o.template g<T>(a)");
    }

    #[test]
    fn lambdas_and_macros_as_arguments() {
        check(
            "g([&](int a, int b) { return h(a, b); }, n);",
            "g",
            "Clean g([&](int a, int b) { return h(a, b); } | n)",
        );
        check("g([&](int a, int b) { return h(a, b); }, n);", "h", "Clean h(a | b)");
        check("CHECK(g(a, b));", "g", "Clean g(a | b)");
        check("CHECK(g(a, b))\n x();", "g", "Clean g(a | b)");
        check("CHECK(g(a, b))\n x();", "CHECK", "LexerOnly CHECK(g(a, b))");
        check("g(T_ARG(float, 3), float);", "g", "Clean g(T_ARG(float, 3) | float)");
    }

    #[test]
    fn launches() {
        check("k<<<g, b, 0, s>>>(a, n);", "k", "Clean k(a | n)");
        check(
            "ns::k<float, 32><<<dim3(1, 2), b>>>(a, x<y, z>(1));",
            "k",
            "Clean ns::k<float, 32>(a | x<y, z>(1))",
        );
        check("(*k)<<<1, 2>>>(a);", "k", "Clean (*k)(a)");
    }

    #[test]
    fn declarations_are_no_calls() {
        check_file("int g(void **p, size_t n);", "g", "no call");
        check_file("__global__ void g(int a) { }", "g", "no call");
        check("x = g;", "g", "no call");
        check("x = \"a\" g;", "g", "no call");
    }

    #[test]
    fn branches_inside_of_argument_lists() {
        check_file(
            "void f() {\n g(a,\n#ifdef A\n b,\n#else\n h(c, d),\n#endif\n e);\n}",
            "g",
            "Clean? g(a | b | e)",
        );
        check_file(
            "void f() {\n g(a,\n#ifdef A\n b,\n#else\n h(c, d),\n#endif\n e);\n}",
            "h",
            "Clean h(c | d)",
        );
        check_file(
            "#if A\nvoid f(int a) {\n#else\nvoid f(float a) {\n#endif\n g(a, 1);\n}",
            "g",
            "Clean g(a | 1)",
        );
        check_file("void f() {\n#if 0\nit's broken {\n#endif\n g(a, 1);\n}", "g", "Clean g(a | 1)");
    }

    #[test]
    fn macro_bodies() {
        check_file("#define CHECK(x) do { e = g(x, 1); \\\n } while (0)\n", "g", "Clean g(x | 1)");
        check_file("#define K(n) kernel_##n<<<1, 2>>>(a, #n)\n", "n", "no call");
        check_file("#define V g(a, b)\n", "g", "Clean g(a | b)");
        check_file("#define DEF(T) void f(T x) { g(x, sizeof(T)); }\n", "g", "Clean g(x | sizeof(T))");
        check_file("void f() {\n#define B g(1, \\\n 2)\n}", "g", "Clean g(1 | 2)");
        check_file("#define B if (g(1, 2)) {\n", "g", "Clean g(1 | 2)");
    }

    #[test]
    fn broken_code() {
        check_file("void f() { ( } void h() { g(a, b); }", "g", "Clean g(a | b)");
        check_file("void h() { g(a, b; }", "g", "no call");
        check_file("} } g(a < b, c > d);", "g", "LexerOnly g(a < b | c > d)");
        check_file("#define A g\n(b);", "g", "no call");
        check_file("g(", "g", "no call");
    }

    /// The arguments of the call of `g` in `code` by tokens alone.
    #[track_caller]
    fn check_tokens(code: &str, expected: Option<&[&str]>) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let index = (0..unit.tokens().len()).find(|&at| unit.is_word(at, "g")).expect("`g` is in the code");
        let text = |part: Range<usize>| if part.is_empty() { "" } else { &code[unit.span_of(part).range()] };
        let found = arguments(&unit, index).map(|parts| parts.into_iter().map(text).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), expected, "{code}");
    }

    #[test]
    fn arguments_as_tokens() {
        check_tokens("g();", Some(&[]));
        check_tokens("g(a, b[1, 2]);", Some(&["a", "b[1, 2]"]));
        check_tokens("g<T, 4>(a, f<U, 5>(b));", Some(&["a", "f<U, 5>(b)"]));
        check_tokens("#define M(a) g(a, \\\n 1)\n", Some(&["a", "1"]));
        check_tokens("x = g;", None);
        check_tokens("g(a, { ( }", None);
        check_tokens("#define A g\n(b);", None);
        check_tokens("g(a,\n#if A\n 1\n#else\n 2\n#endif\n);", None);
    }
}
