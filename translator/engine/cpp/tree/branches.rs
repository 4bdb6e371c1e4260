//! The `#if` groups of a file as ranges of tokens, and which of their branches take part when brackets are matched.
//!
//! It evaluates no condition except the literal `#if 0`. `conditions` decides which branches HIP compiles.

use std::ops::Range;

use crate::cpp::{Directive, DirectiveKind, Lexed, Token};

/// One `#if` group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Token indices of each branch's body, in order.
    pub branches: Vec<Range<usize>>,
    /// Token indices of each directive of the group, from its `#`.
    pub directives: Vec<Range<usize>>,
    /// Whether the last branch is an `#else`.
    pub has_else: bool,
    /// The branch that counts where only one branch can count: the first that is not `#if 0`.
    pub chosen: Option<usize>,
    /// Whether every branch closes the brackets that it opens. Then all branches can be read one after the other.
    pub balanced: bool,
}

impl Group {
    /// The index of the branch with token `index` in its body.
    pub fn branch_of(&self, index: usize) -> Option<usize> {
        let at = self.branches.partition_point(|body| body.end <= index);
        self.branches.get(at).is_some_and(|body| body.contains(&index)).then_some(at)
    }

    /// Token indices from the first directive to the last.
    pub fn tokens(&self) -> Range<usize> {
        let end = self.directives.last().map_or(0, |last| last.end);
        self.directives[0].start..end.max(self.branches.last().map_or(0, |body| body.end))
    }

    /// The bodies of the branches that bracket matching leaves out.
    fn left_out(&self) -> impl Iterator<Item = &Range<usize>> {
        self.branches
            .iter()
            .enumerate()
            .filter(|&(index, _)| {
                let is_zero = self.chosen != Some(0) && index == 0;
                is_zero || (!self.balanced && Some(index) != self.chosen)
            })
            .map(|(_, body)| body)
    }
}

/// Opened minus closed brackets, of the three kinds.
type Net = [i32; 3];

/// A group without its `#endif` so far.
struct Open {
    group: Group,
    nets: Vec<Net>,
}

/// All groups in the order of their last directive, and the sorted token ranges that bracket matching leaves out.
pub fn groups(bytes: &[u8], lexed: &Lexed) -> (Vec<Group>, Vec<Range<usize>>) {
    let mut reader = Reader { tokens: &lexed.tokens, open: Vec::new(), done: Vec::new(), at: 0 };
    for directive in &lexed.directives {
        reader.directive(bytes, directive);
    }
    reader.count_until(lexed.tokens.len());
    while !reader.open.is_empty() {
        reader.close(lexed.tokens.len());
    }
    let mut left_out: Vec<_> = reader.done.iter().flat_map(Group::left_out).cloned().collect();
    left_out.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    left_out.dedup_by(|inner, outer| inner.end <= outer.end);
    (reader.done, left_out)
}

struct Reader<'a> {
    tokens: &'a [Token],
    open: Vec<Open>,
    done: Vec<Group>,
    /// The next token to count.
    at: usize,
}

impl Reader<'_> {
    fn directive(&mut self, bytes: &[u8], directive: &Directive) {
        let Some(hash) = directive.tokens.start.checked_sub(2) else { return };
        let own = hash..directive.tokens.end;
        match directive.kind {
            DirectiveKind::If | DirectiveKind::Ifdef | DirectiveKind::Ifndef => {
                self.count_until(hash);
                let chosen = if is_zero(bytes, self.tokens, directive) { None } else { Some(0) };
                let group = Group {
                    branches: std::iter::once(own.end..own.end).collect(),
                    directives: vec![own],
                    has_else: false,
                    chosen,
                    balanced: true,
                };
                self.open.push(Open { group, nets: vec![Net::default()] });
            }
            DirectiveKind::Elif | DirectiveKind::Elifdef | DirectiveKind::Elifndef | DirectiveKind::Else => {
                self.count_until(hash);
                let Some(Open { group, nets }) = self.open.last_mut() else { return };
                end_branch(group, hash);
                group.chosen.get_or_insert(group.branches.len());
                group.has_else = directive.kind == DirectiveKind::Else;
                group.branches.push(own.end..own.end);
                group.directives.push(own);
                nets.push(Net::default());
            }
            DirectiveKind::Endif => {
                self.count_until(hash);
                if let Some(Open { group, .. }) = self.open.last_mut() {
                    group.directives.push(own);
                    self.close(hash);
                }
            }
            _ => {}
        }
    }

    /// Adds the brackets before token `end` to the innermost branch.
    fn count_until(&mut self, end: usize) {
        let from = self.at.min(end);
        self.at = end;
        let Some(net) = self.open.last_mut().and_then(|open| open.nets.last_mut()) else { return };
        for token in self.tokens[from..end].iter().filter(|token| !token.is(Token::DIRECTIVE)) {
            if let Some((kind, change)) = bracket(token) {
                net[kind] += change;
            }
        }
    }

    /// Ends the innermost group and adds the brackets of its chosen branch to the branch around the group.
    fn close(&mut self, end: usize) {
        let Some(Open { mut group, nets }) = self.open.pop() else { return };
        end_branch(&mut group, end);
        let counted = |index: &usize| group.chosen == Some(0) || *index > 0;
        group.balanced = (0..nets.len()).filter(counted).all(|index| nets[index] == Net::default());
        let net = group.chosen.map_or(Net::default(), |chosen| nets[chosen]);
        if let Some(around) = self.open.last_mut().and_then(|open| open.nets.last_mut()) {
            around.iter_mut().zip(net).for_each(|(sum, own)| *sum += own);
        }
        self.done.push(group);
    }
}

fn end_branch(group: &mut Group, end: usize) {
    if let Some(body) = group.branches.last_mut() {
        body.end = end.max(body.start);
    }
}

/// Which kind of bracket a token is, and by how much it changes the depth.
fn bracket(token: &Token) -> Option<(usize, i32)> {
    let is = |byte| token.is_punct(byte);
    match token.byte {
        b'(' if is(b'(') => Some((0, 1)),
        b')' if is(b')') => Some((0, -1)),
        b'[' if is(b'[') => Some((1, 1)),
        b']' if is(b']') => Some((1, -1)),
        b'{' if is(b'{') => Some((2, 1)),
        b'}' if is(b'}') => Some((2, -1)),
        _ => None,
    }
}

fn is_zero(bytes: &[u8], tokens: &[Token], directive: &Directive) -> bool {
    let [only] = &tokens[directive.tokens.clone()] else { return false };
    directive.kind == DirectiveKind::If && matches!(&bytes[only.span().range()], b"0" | b"false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::lexer::lex;

    /// Checks `chosen` and `balanced` of each group, and the text of the left-out ranges.
    fn check(code: &str, expected: &[(Option<usize>, bool)], left_out: &[&str]) {
        let lexed = lex(code.as_bytes());
        let (groups, out) = groups(code.as_bytes(), &lexed);
        let found: Vec<_> = groups.iter().map(|g| (g.chosen, g.balanced)).collect();
        assert_eq!(found, expected, "{code}");
        let text = |r: &Range<usize>| {
            let tokens = &lexed.tokens[r.clone()];
            tokens.first().zip(tokens.last()).map_or("", |(a, b)| &code[a.start as usize..b.end as usize])
        };
        assert_eq!(out.iter().map(text).collect::<Vec<_>>(), left_out, "{code}");
    }

    #[test]
    fn balanced_branches_all_take_part() {
        check("#if A\nf();\n#else\n{ }\n#endif\n", &[(Some(0), true)], &[]);
        check("#ifdef A\n} else {\n#endif\n", &[(Some(0), true)], &[]);
    }

    #[test]
    fn one_branch_of_an_unbalanced_group_counts() {
        check(
            "#if A\nif (a) {\n#elif B\nif (b) {\n#else\n{\n#endif\n}",
            &[(Some(0), false)],
            &["if (b) {", "{"],
        );
        check(
            "#if A\nf(a\n#if B\n, b)\n#else\n, c)\n#endif\n#else\ng(\n#endif\n",
            &[(Some(0), false), (Some(0), false)],
            &[", c)", "g("],
        );
    }

    #[test]
    fn code_under_if_0_is_left_out() {
        check("#if 0\nit's {\n#endif\nx", &[(None, true)], &["it's {"]);
        check("#if 0\na\n#else\nb {\n#endif\nx", &[(Some(1), false)], &["a"]);
    }

    #[test]
    fn open_and_stray_directives() {
        check("#endif\n#else\n#if A\n{ x", &[(Some(0), false)], &[]);
    }
}
