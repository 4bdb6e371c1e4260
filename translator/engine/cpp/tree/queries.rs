//! What passes ask of the tree: the arguments of a call, the declared type of a name, the statement around a place.
//!
//! Every answer says how far it can be trusted. It refuses to resolve names beyond the function around them.

use std::ops::{ControlFlow, Range};

use tree_sitter::Node;

use super::parsed::{MAX_DEPTH, Parsed};
use crate::cpp::keywords::precedes_expression;
use crate::cpp::launches::split_arguments;
use crate::cpp::{Token, TokenKind, Unit};
use crate::text::Span;

/// How a fact was found.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// From tokens alone: there is no tree, or it shows no call here.
    LexerOnly,
    /// From a call without errors in a tree that has errors around it.
    Recovered,
    /// From a tree without errors in the call's statement.
    Clean,
}

/// One call, a launch included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is called, with its qualifiers, object and template arguments.
    pub callee: Span,
    /// The arguments in order.
    pub arguments: Vec<Span>,
    /// From the callee to the closing parenthesis.
    pub call: Span,
    /// How it was found.
    pub trust: Trust,
    certain: bool,
}

impl Call {
    /// Whether the arguments may be moved, wrapped or dropped.
    ///
    /// True when a clean tree and the tokens split the call alike, or, without a tree, when the tokens leave only one
    /// way to split it; never with `#if` between the parentheses.
    pub fn arguments_are_certain(&self) -> bool {
        self.certain
    }
}

/// What one view says about a name.
enum Answer {
    Call(Call),
    /// The tree is clean here and the name is not called.
    NoCall,
    /// Nothing can be told from this view.
    Unknown,
}

/// The call whose callee ends with the name at token `name`; `None` where the name is not called.
pub fn call_arguments(unit: &Unit, name: usize) -> Option<Call> {
    let token = unit.tokens().get(name).filter(|token| token.kind == TokenKind::Identifier)?;
    let from_tokens = call_from_tokens(unit, name);
    let mut best: Option<Call> = None;
    let mut is_no_call = false;
    unit.trees().ask(unit, name, |view| match call_in(view, token.span(), unit.text(token)) {
        Answer::Call(call) => {
            let clean = call.trust == Trust::Clean;
            if best.as_ref().is_none_or(|best| best.trust < call.trust) {
                best = Some(call);
            }
            if clean { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
        Answer::NoCall => {
            is_no_call = true;
            ControlFlow::Break(())
        }
        Answer::Unknown => ControlFlow::Continue(()),
    });
    match best {
        Some(call) => Some(with_certainty(call, from_tokens.as_ref())),
        None if is_no_call => None,
        None => from_tokens.map(|found| found.call),
    }
}

/// A clean call is certain when the tokens split it the same way.
fn with_certainty(mut call: Call, tokens: Option<&TokenCall>) -> Call {
    let starts = |arguments: &[Span]| arguments.iter().map(|span| span.start).collect::<Vec<_>>();
    call.certain = call.trust == Trust::Clean
        && tokens.is_some_and(|found| {
            !found.has_directive && starts(&found.call.arguments) == starts(&call.arguments)
        });
    call
}

fn call_in(view: &Parsed, name: Span, original: &[u8]) -> Answer {
    if !view.shows(name, original) && !original.contains(&b'\\') {
        return Answer::Unknown;
    }
    let Some(path) = view.path_to(name) else { return Answer::Unknown };
    for (at, &node) in path.iter().enumerate().rev() {
        if node.kind() == "call_expression" && names(node, view, name) {
            return call_of(view, &path[..=at]);
        }
        if is_statement(node) || node.kind() == "argument_list" {
            break;
        }
    }
    if trust(&path) == Some(Trust::Clean) { Answer::NoCall } else { Answer::Unknown }
}

/// The call at the end of `path`.
fn call_of(view: &Parsed, path: &[Node]) -> Answer {
    let Some(&node) = path.last() else { return Answer::Unknown };
    let (Some(callee), Some(list)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return Answer::Unknown;
    };
    let Some(trust) = trust(path) else { return Answer::Unknown };
    if list.kind() != "argument_list" {
        return Answer::Unknown;
    }
    let mut cursor = list.walk();
    let arguments = list
        .named_children(&mut cursor)
        .filter(|child| !child.is_extra())
        .map(|child| view.span(child))
        .collect();
    Answer::Call(Call { callee: view.span(callee), arguments, call: view.span(node), trust, certain: false })
}

/// Whether `call` calls what the name at `name` names: `f`, not `a`, in `a.f<b>(c)`.
fn names(call: Node, view: &Parsed, name: Span) -> bool {
    let mut at = call.child_by_field_name("function");
    while let Some(node) = at {
        at = match node.kind() {
            "field_expression" => node.child_by_field_name("field"),
            "qualified_identifier" | "template_function" | "template_method" => {
                node.child_by_field_name("name")
            }
            "dependent_name" | "parenthesized_expression" => node.named_child(0),
            "pointer_expression" => node.child_by_field_name("argument"),
            _ => return view.span(node).contains(name),
        };
    }
    false
}

fn is_statement(node: Node) -> bool {
    let kind = node.kind();
    kind.ends_with("_statement")
        || matches!(
            kind,
            "declaration"
                | "field_declaration"
                | "function_definition"
                | "translation_unit"
                | "ERROR"
                | "template_declaration"
        )
}

/// How far what stands at the end of `path` can be trusted; `None` when it has errors itself.
fn trust(path: &[Node]) -> Option<Trust> {
    let node = *path.last()?;
    if node.has_error() || node.is_missing() {
        return None;
    }
    if path.iter().any(Node::is_error) {
        return Some(Trust::Recovered);
    }
    let statement = path.iter().rev().find(|node| is_statement(**node));
    let clean = statement.is_none_or(|statement| !has_error_beside(*statement, node, MAX_DEPTH));
    Some(if clean { Trust::Clean } else { Trust::Recovered })
}

/// Whether `statement` has an error outside of the blocks that do not hold `inner`; true as well when that cannot be
/// told within `levels` levels.
fn has_error_beside(statement: Node, inner: Node, levels: usize) -> bool {
    let holds = |node: Node| node.start_byte() <= inner.start_byte() && inner.end_byte() <= node.end_byte();
    let is_block = |node: Node| matches!(node.kind(), "compound_statement" | "field_declaration_list");
    let mut cursor = statement.walk();
    statement.has_error()
        && (levels == 0
            || statement.children(&mut cursor).any(|child| {
                child.is_error()
                    || child.is_missing()
                    || (child.has_error()
                        && (holds(child) || !is_block(child))
                        && has_error_beside(child, inner, levels - 1))
            }))
}

/// A call as the tokens show it.
struct TokenCall {
    call: Call,
    has_directive: bool,
}

fn call_from_tokens(unit: &Unit, name: usize) -> Option<TokenCall> {
    let tokens = unit.tokens();
    let behind = |index: usize, byte: u8| tokens.get(index).is_some_and(|token| token.is_punct(byte));
    let mut open = name + 1;
    if behind(open, b'<') && unit.launch_opening_at(open).is_none() {
        open = unit.lexed.angle_close(open, tokens.len())? + 1;
    }
    let mut callee = callee_start(unit, name)..open;
    let dereferenced = callee.start == name && name >= 2 && behind(name - 1, b'*') && behind(name - 2, b'(');
    if dereferenced && behind(open, b')') {
        open += 1;
        callee = name - 2..open;
    }
    if let Some(launch) = unit.launch_opening_at(open) {
        open = launch.close.end;
    }
    if !behind(open, b'(') {
        return None;
    }
    let close = unit.trees().brackets(unit).partner(open)?;
    let inside = open + 1..close;
    let parts = split_arguments(&unit.lexed, inside.clone());
    let has_directive = !tokens[name].is(Token::DIRECTIVE) && holds_directive(unit, &inside);
    let certain = !has_directive
        && !looks_declared(unit, callee.start)
        && parts.iter().all(|part| !part.is_empty())
        && parts.len() == count_by_brackets(unit, inside);
    let arguments =
        parts.into_iter().filter(|part| !part.is_empty()).map(|part| unit.span_of(part)).collect();
    let call = tokens[callee.start].span().to(tokens[close].span());
    let callee = unit.span_of(callee);
    Some(TokenCall {
        call: Call { callee, arguments, call, trust: Trust::LexerOnly, certain },
        has_directive,
    })
}

/// Whether a directive begins among these tokens.
fn holds_directive(unit: &Unit, inside: &Range<usize>) -> bool {
    let directives = &unit.lexed.directives;
    let next = directives.partition_point(|directive| directive.tokens.end <= inside.start);
    directives.get(next).is_some_and(|directive| directive.tokens.start < inside.end)
}

/// The first token of a callee that ends with `name`: its qualifiers and objects, as far as they are names.
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

/// Whether what stands before `first` makes the name a declaration rather than a call: `int f(`, `T *f(`.
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

/// The type that the function around token `name` declares the name with: `const unsigned *`, `float []`.
///
/// Only local variables and parameters; the text is that of the file without CUDA's attributes, with single blanks.
pub fn declared_type(unit: &Unit, name: usize) -> Option<String> {
    let token = unit.tokens().get(name).filter(|token| token.kind == TokenKind::Identifier)?;
    let mut found = None;
    unit.trees().ask(unit, name, |view| {
        found = view.path_to(token.span()).and_then(|path| declaration_of(view, &path, unit.text(token)));
        if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    found
}

/// The nearest declaration of `name` before or around the end of `path`.
fn declaration_of(view: &Parsed, path: &[Node], name: &[u8]) -> Option<String> {
    for pair in path.windows(2).rev() {
        let (outer, inner) = (pair[0], pair[1]);
        let mut cursor = outer.walk();
        let before: Vec<_> = outer
            .children(&mut cursor)
            .take_while(|child| child.start_byte() <= inner.start_byte())
            .collect();
        let around = before.into_iter().rev().chain([outer]);
        if let Some(found) = around.into_iter().find_map(|node| declares(view, node, name, MAX_DEPTH)) {
            return Some(found);
        }
    }
    None
}

/// The type with which `node` itself declares `name`, looked for `levels` levels deep.
fn declares(view: &Parsed, node: Node, name: &[u8], levels: usize) -> Option<String> {
    let levels = levels.checked_sub(1)?;
    match node.kind() {
        "declaration" | "parameter_declaration" | "optional_parameter_declaration" | "for_range_loop" => {
            let mut cursor = node.walk();
            let suffix = node
                .children_by_field_name("declarator", &mut cursor)
                .find_map(|declarator| suffix_of(view, declarator, name))?;
            Some(type_of(view, node, &suffix))
        }
        "function_definition"
        | "function_declarator"
        | "lambda_expression"
        | "lambda_declarator"
        | "abstract_function_declarator"
        | "parameter_list"
        | "pointer_declarator"
        | "reference_declarator"
        | "condition_clause"
        | "init_statement"
        | "template_declaration" => {
            let mut cursor = node.walk();
            let is_head = |child: &Node| child.kind() != "compound_statement";
            node.children(&mut cursor).filter(is_head).find_map(|child| declares(view, child, name, levels))
        }
        kind if kind.starts_with("preproc_") => {
            let mut cursor = node.walk();
            node.children(&mut cursor).find_map(|child| declares(view, child, name, levels))
        }
        _ => None,
    }
}

/// What a declarator of `name` adds to the type: `*`, `&`, `[]`; `None` when it declares another name.
fn suffix_of(view: &Parsed, declarator: Node, name: &[u8]) -> Option<String> {
    let mut suffix = String::new();
    let mut arrays = String::new();
    let mut at = declarator;
    loop {
        match at.kind() {
            "identifier" => return (view.text(at) == name).then(|| suffix + &arrays),
            "pointer_declarator" => suffix.push('*'),
            "reference_declarator" => {
                suffix.push_str(if view.text(at).starts_with(b"&&") { "&&" } else { "&" });
            }
            "array_declarator" => arrays.push_str("[]"),
            _ => {}
        }
        at = at
            .child_by_field_name("declarator")
            .or_else(|| at.named_child(at.named_child_count().checked_sub(1)? as u32))?;
    }
}

/// Qualifiers and type of a declaration, then `suffix`.
fn type_of(view: &Parsed, declaration: Node, suffix: &str) -> String {
    let mut cursor = declaration.walk();
    let own_type = declaration.child_by_field_name("type").map(|node| node.id());
    let mut words = Vec::new();
    for child in declaration.children(&mut cursor) {
        if child.kind() == "type_qualifier" || Some(child.id()) == own_type {
            let text = String::from_utf8_lossy(view.text(child)).into_owned();
            words.extend(text.split_whitespace().map(str::to_owned));
        }
    }
    if !suffix.is_empty() {
        words.push(suffix.to_owned());
    }
    words.join(" ")
}

/// The smallest statement or declaration around the byte at `offset`, when the tree has no error in it.
pub fn statement_at(unit: &Unit, offset: u32) -> Option<Span> {
    let index = unit.tokens().partition_point(|token| token.end <= offset);
    let token = unit.tokens().get(index)?;
    let mut found = None;
    unit.trees().ask(unit, index, |view| {
        let path = view.path_to(token.span()).unwrap_or_default();
        let is_inner = |node: &&Node| is_statement(**node) && node.kind() != "translation_unit";
        if let Some(&node) = path.iter().rev().find(is_inner) {
            found = (!node.has_error() && view.is_own(node)).then(|| view.span(node));
        }
        if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::conditions::Guards;
    use crate::source::Source;

    /// For the first name spelled `name` in `code`: trust, certainty, callee and arguments of its call.
    fn call(code: &str, name: &str) -> String {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let index = (0..unit.tokens().len()).find(|&at| unit.is_word(at, name)).expect("the name is there");
        let Some(call) = call_arguments(&unit, index) else { return "no call".to_owned() };
        let text = |span: &Span| code[span.range()].to_owned();
        let arguments: Vec<_> = call.arguments.iter().map(text).collect();
        let certain = if call.arguments_are_certain() { "" } else { "?" };
        format!("{:?}{certain} {}({})", call.trust, text(&call.callee), arguments.join(" | "))
    }

    /// `code` stands in a function.
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
        check_file("g(", "g", "no call");
    }

    fn declared(code: &str, expected: Option<&str>) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let index = (0..unit.tokens().len()).rfind(|&at| unit.is_word(at, "m")).expect("the name is there");
        assert_eq!(declared_type(&unit, index).as_deref(), expected, "{code}");
    }

    #[test]
    fn declared_types() {
        declared("void f() { unsigned m = b(p); }", Some("unsigned"));
        declared("void f() { unsigned m; { m = b(p); } }", Some("unsigned"));
        declared(
            "__global__ void f(const unsigned  int *__restrict__ m, int n) { g(m); }",
            Some("const unsigned int *"),
        );
        declared(
            "void f(int m) { for (unsigned long long i = 0, m = 1; i < n; ++i) { g(m); } }",
            Some("unsigned long long"),
        );
        declared("void f() { int m; { __shared__ float m[4][3]; g(m); } }", Some("float [][]"));
        declared("void f() { { int m; } g(m); }", None);
        declared("void f() { auto &m = x; g(m); }", Some("auto &"));
        declared("void f() { h([](std::vector<int> m) { return m; }); }", Some("std::vector<int>"));
        declared("void f() { for (auto m : v) g(m); }", Some("auto"));
        declared("template <class T> void f(T m = 1) { g(m); }", Some("T"));
        declared("void f() {\n#ifdef A\nint m = 1;\n#endif\ng(m); }", Some("int"));
        declared("int m; void f() { g(m); }", None);
        declared("void f() { dim3 m(a, b); g(m); }", Some("dim3"));
        declared("void f() { g(m); int m; }", Some("int"));
    }

    fn statement(code: &str, expected: Option<&str>) {
        let source = Source::new("a.cu", code);
        let unit = Unit::new(&source, &Guards::default());
        let at = code.find('@').map_or(code.find('m').expect("a mark"), |at| at) as u32;
        assert_eq!(statement_at(&unit, at).map(|span| &code[span.range()]), expected, "{code}");
    }

    #[test]
    fn statements() {
        statement("void f() { a(); b(m, 1); c(); }", Some("b(m, 1);"));
        statement("void f() { if (x) { b(m); } }", Some("b(m);"));
        statement("void f() { int a = m; }", Some("int a = m;"));
        statement("void f() { k<<<1, 2>>>(m); }", Some("k<<<1, 2>>>(m);"));
        statement("m", None);
    }
}
