//! One source file as the passes get it: tokens are read at once, everything else on first use.

use std::cell::OnceCell;
use std::ops::Range;

use tranship_rules::{HeaderAction, Release, Rules, list};

use super::conditions::{self, Guards, Region};
use super::constants::Constants;
use super::declarations::Declarations;
use super::frozen;
use super::functions::{self, Function};
use super::keywords::precedes_expression;
use super::launches::{self, Launch, Unreadable};
use super::lexer::{self, Lexed};
use super::scopes::{self, Scope};
use super::tree::parsed::Trees;
use super::{Directive, DirectiveKind, Token, TokenKind};
use crate::lang::Lang;
use crate::source::Source;
use crate::text::Span;

/// The syntax of a file: a [`Unit`] without the bytes, which can be kept until the file is translated.
pub struct Syntax {
    lexed: Lexed,
    regions: Vec<Region>,
    hip_bytes: u32,
    is_hip: bool,
    cuda: Option<Release>,
    launches: OnceCell<(Vec<Launch>, Vec<Unreadable>)>,
    functions: OnceCell<Vec<Function>>,
    scopes: OnceCell<Vec<(u32, Scope)>>,
    constants: OnceCell<Constants>,
}

/// Whether the file includes HIP's runtime outside of every branch that depends on a macro of HIP.
fn includes_runtime(bytes: &[u8], lexed: &Lexed) -> bool {
    let includes = lexed.directives.iter().filter(|directive| directive.kind == DirectiveKind::Include);
    includes.filter_map(|directive| lexed.tokens.get(directive.tokens.start)).any(|token| {
        let text = &bytes[token.span().range()];
        !token.is(Token::FROZEN)
            && token.kind == TokenKind::HeaderName
            && matches!(&text[1..text.len() - 1], b"hip/hip_runtime.h" | b"hip/hip_runtime_api.h")
    })
}

/// Whether the file has names of HIP and of its libraries, and none of CUDA that HIP spells differently, as a converted file
/// that gets HIP's runtime from another header.
fn has_names_of_hip_alone(source: &Source, lexed: &Lexed) -> bool {
    let rules = Rules::builtin();
    let mut has_hip = false;
    for token in &lexed.tokens {
        if token.is(Token::FROZEN) || !matches!(token.kind, TokenKind::Identifier | TokenKind::HeaderName) {
            continue;
        }
        let text = &source.bytes[token.span().range()];
        let is_header = token.kind == TokenKind::HeaderName;
        let name = if is_header { &text[1..text.len().max(2) - 1] } else { text };
        let begins = |word: &&'static str| name.starts_with(word.as_bytes());
        let is_converted =
            || if is_header { has_other_header(&rules, name) } else { is_for_conversion(&rules, name) };
        if list::CUDA_CODE_WORDS.iter().any(begins) && is_converted() {
            return false;
        }
        has_hip |= list::HIP_CODE_WORDS.iter().any(begins);
    }
    has_hip && source.lang != Lang::Cuda
}

/// Whether a conversion changes the `#include` of the header `name`.
fn has_other_header(rules: &Rules, name: &[u8]) -> bool {
    rules.header(name).is_some_and(|header| matches!(header.action, HeaderAction::Map | HeaderAction::Drop))
}

/// Whether a conversion changes the name `word`, or `word` is a macro of its compiler. Names without a
/// counterpart, and names of the project that begin like CUDA's, are left in converted files.
fn is_for_conversion(rules: &Rules, word: &[u8]) -> bool {
    word.starts_with(b"__CUDA") || rules.name(word).is_some_and(|name| !name.spellings.is_empty())
}

impl Syntax {
    /// Lexes `source` and marks the tokens that stay as they are.
    /// If it `inspects`, code that is HIP by macros of HIP's compiler alone is not marked.
    fn of(source: &Source, guards: &Guards, inspects: bool) -> Self {
        let bytes = source.bytes.as_slice();
        let mut lexed = lexer::lex(bytes);
        let regions = conditions::regions(bytes, &lexed, guards);
        let hip_bytes = frozen::freeze(bytes, &mut lexed, &regions, inspects);
        let is_hip = source.lang == Lang::Hip
            || includes_runtime(bytes, &lexed)
            || has_names_of_hip_alone(source, &lexed);
        if is_hip {
            frozen::freeze_hip(bytes, &mut lexed, &regions, inspects);
        }
        Self {
            lexed,
            regions,
            hip_bytes,
            is_hip,
            cuda: guards.cuda,
            launches: OnceCell::new(),
            functions: OnceCell::new(),
            scopes: OnceCell::new(),
            constants: OnceCell::new(),
        }
    }

    /// An estimate of its memory in bytes: twice the memory of the tokens, because the look-ups need about as much.
    pub fn memory(&self) -> usize {
        self.lexed.tokens.len() * 2 * size_of::<Token>()
    }
}

/// A lexed file with its branches, and look-ups that are computed on demand.
pub struct Unit<'a> {
    /// The file.
    pub source: &'a Source,
    /// Its tokens. Tokens that stay as they are have the flag `FROZEN`.
    pub lexed: Lexed,
    /// Its `#if` branches.
    pub regions: Vec<Region>,
    /// Bytes in branches that are HIP already.
    pub hip_bytes: u32,
    launches: OnceCell<(Vec<Launch>, Vec<Unreadable>)>,
    functions: OnceCell<Vec<Function>>,
    scopes: OnceCell<Vec<(u32, Scope)>>,
    pub(super) declarations: Declarations,
    constants: OnceCell<Constants>,
    trees: Trees,
    is_hip: bool,
    cuda: Option<Release>,
}

/// The most words between the parameters and the return type of a function, or before its name.
const MOST_QUALIFIERS: usize = 32;

/// The most tokens of the name of an operator behind `operator`.
const MOST_OF_OPERATOR: usize = 4;

impl<'a> Unit<'a> {
    /// Lexes `source` and marks the tokens that stay as they are.
    pub fn new(source: &'a Source, guards: &Guards) -> Self {
        Self::with_syntax(source, Syntax::of(source, guards, false))
    }

    /// The same file with the branches that are HIP by macros of HIP's compiler alone as code to inspect, and the bytes of these
    /// branches; `None` if it has none.
    pub fn with_compiler_branches(&self, guards: &Guards) -> Option<(Self, Vec<Span>)> {
        let is_frozen = |region: &&Region| {
            let first = self.lexed.tokens.partition_point(|token| token.start < region.body.start);
            self.lexed.tokens.get(first).is_some_and(|token| token.is(Token::FROZEN))
        };
        let branches = self.regions.iter().filter(|region| region.is_for_compiler);
        let spans: Vec<Span> = branches.filter(is_frozen).map(|region| region.body).collect();
        let inspected = || Self::with_syntax(self.source, Syntax::of(self.source, guards, true));
        (!spans.is_empty()).then(|| (inspected(), spans))
    }

    /// The unit of `source` with the `syntax` that was read before from the same bytes.
    pub fn with_syntax(source: &'a Source, syntax: Syntax) -> Self {
        let Syntax { lexed, regions, hip_bytes, is_hip, cuda, launches, functions, scopes, constants } =
            syntax;
        Self {
            source,
            lexed,
            regions,
            hip_bytes,
            launches,
            functions,
            scopes,
            declarations: Declarations::default(),
            constants,
            trees: Trees::default(),
            is_hip,
            cuda,
        }
    }

    /// The syntax of the file, from which [`Unit::with_syntax`] makes the same unit later.
    pub fn into_syntax(self) -> Syntax {
        let Self { lexed, regions, hip_bytes, is_hip, cuda, launches, functions, scopes, constants, .. } =
            self;
        Syntax { lexed, regions, hip_bytes, is_hip, cuda, launches, functions, scopes, constants }
    }

    /// All tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.lexed.tokens
    }

    /// The bytes of `token`.
    pub fn text(&self, token: &Token) -> &'a [u8] {
        &self.source.bytes[token.span().range()]
    }

    /// Whether token `index` exists and is spelled `word`.
    pub fn is_word(&self, index: usize, word: &str) -> bool {
        self.lexed.tokens.get(index).is_some_and(|token| self.text(token) == word.as_bytes())
    }

    /// The span from the first to the last of `tokens`, which must not be empty.
    pub fn span_of(&self, tokens: Range<usize>) -> Span {
        let first = self.lexed.tokens[tokens.start];
        let last = self.lexed.tokens[tokens.end.max(tokens.start + 1) - 1];
        first.span().to(last.span())
    }

    /// Whether the byte at `offset` is part of a token, and not of a comment or white space.
    pub fn is_token(&self, offset: u32) -> bool {
        let after = self.lexed.tokens.partition_point(|token| token.start <= offset);
        after.checked_sub(1).is_some_and(|before| offset < self.lexed.tokens[before].end)
    }

    /// Whether the name at token `index` is right behind `.`, or behind a `->` that begins no trailing return type.
    pub fn is_member(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map(|at| &self.lexed.tokens[at]);
        before.is_some_and(|token| {
            token.is_punct(b'.') || (token.is_double(b'-') && !self.begins_return_type(index - 1))
        })
    }

    /// Whether the `->` at token `arrow` begins the return type of a function with `auto`, or of a lambda.
    fn begins_return_type(&self, arrow: usize) -> bool {
        let tokens = &self.lexed.tokens;
        let is_qualifier = |token: &Token| {
            token.is_punct(b'&')
                || token.is_double(b'&')
                || (token.kind == TokenKind::Identifier
                    && matches!(
                        self.text(token),
                        b"const"
                            | b"noexcept"
                            | b"mutable"
                            | b"volatile"
                            | b"constexpr"
                            | b"__device__"
                            | b"__host__"
                    ))
        };
        let Some(close) =
            (arrow.saturating_sub(MOST_QUALIFIERS)..arrow).rev().find(|&at| !is_qualifier(&tokens[at]))
        else {
            return false;
        };
        if tokens[close].is_punct(b']') {
            return self.opens_lambda(close);
        }
        let open = if tokens[close].is_punct(b')') { self.lexed.open_of(close, 0) } else { None };
        let Some(mut before) = open.and_then(|open| open.checked_sub(1)) else { return false };
        let is_of_operator = || {
            let names = &tokens[before.saturating_sub(MOST_OF_OPERATOR)..before];
            names.iter().any(|token| self.text(token) == b"operator")
        };
        if tokens[before].is_punct(b']') && !is_of_operator() {
            return self.opens_lambda(before);
        }
        if tokens[before].is_punct(b'>') && self.is_template_of_lambda(before) {
            return true;
        }
        if self.text(&tokens[before]) == b"auto" {
            return true;
        }
        if tokens[before].kind != TokenKind::Identifier {
            let names = |at: &usize| self.text(&tokens[*at]) == b"operator";
            match (before.saturating_sub(MOST_OF_OPERATOR)..before).rev().find(names) {
                Some(operator) => before = operator,
                None => return self.is_declarator_of_auto(before),
            }
        }
        if self.text(&tokens[before]) == b"noexcept" {
            return self.begins_return_type(before);
        }
        let start = self.lexed.statement_start(before).max(before.saturating_sub(MOST_QUALIFIERS));
        let head = &tokens[start..before];
        let auto = head.iter().rposition(|token| self.text(token) == b"auto");
        auto.is_some_and(|auto| {
            !head[auto..]
                .iter()
                .any(|token| token.kind == TokenKind::Punct && matches!(token.byte, b'=' | b'('))
        })
    }

    /// Whether the `>` at token `close` ends the template parameters of a lambda: `[]<class T>`.
    fn is_template_of_lambda(&self, close: usize) -> bool {
        let tokens = &self.lexed.tokens;
        let mut depth = 0_usize;
        for at in (close.saturating_sub(MOST_QUALIFIERS)..=close).rev() {
            match tokens[at].byte {
                b'>' if tokens[at].is_punct(b'>') => depth += 1,
                b'<' if tokens[at].is_punct(b'<') => depth = depth.saturating_sub(1),
                _ => continue,
            }
            if depth == 0 {
                return at
                    .checked_sub(1)
                    .is_some_and(|at| tokens[at].is_punct(b']') && self.opens_lambda(at));
            }
        }
        false
    }

    /// Whether the `)` at token `close` ends a declarator with `auto` before it: `auto (*f)`.
    fn is_declarator_of_auto(&self, close: usize) -> bool {
        let tokens = &self.lexed.tokens;
        let open = if tokens[close].is_punct(b')') { self.lexed.open_of(close, 0) } else { None };
        open.and_then(|open| open.checked_sub(1)).is_some_and(|before| self.text(&tokens[before]) == b"auto")
    }

    /// Whether the `]` at token `close` ends the captures of a lambda, and no index.
    fn opens_lambda(&self, close: usize) -> bool {
        let tokens = &self.lexed.tokens;
        let Some(open) = self.lexed.open_of(close, 0) else { return false };
        open.checked_sub(1).is_none_or(|before| {
            let token = &tokens[before];
            let indexes = token.kind == TokenKind::Identifier && !precedes_expression(self.text(token));
            !(indexes || token.is_punct(b')') || token.is_punct(b']'))
        })
    }

    /// Whether the file is C, which has no namespaces.
    pub fn is_c(&self) -> bool {
        self.source.path.extension().is_some_and(|ending| ending == "c")
    }

    /// Whether the file is HIP already: it has the ending of HIP, or it includes HIP's runtime outside of every branch
    /// that depends on a macro of HIP.
    pub fn is_hip(&self) -> bool {
        self.is_hip
    }

    /// The release of CUDA that the input is for, if the user states one.
    pub fn cuda(&self) -> Option<Release> {
        self.cuda
    }

    /// The directive around token `index`.
    pub fn directive_of(&self, index: usize) -> Option<&Directive> {
        let directives = &self.lexed.directives;
        let start = self.lexed.tokens[index].start;
        let after = directives.partition_point(|directive| directive.span.start <= start);
        directives.get(after.checked_sub(1)?).filter(|directive| start < directive.span.end)
    }

    /// The source text of `span`; bytes that are not UTF-8 are shown as replacement characters.
    pub fn slice(&self, span: Span) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(&self.source.bytes[span.range()])
    }

    /// The launches that are not in a frozen branch.
    pub fn launches(&self) -> impl Iterator<Item = &Launch> {
        let (launches, _) = self.read_launches();
        launches.iter().filter(|launch| !self.lexed.tokens[launch.open.start].is(Token::FROZEN))
    }

    /// All launches, also in frozen branches.
    pub fn all_launches(&self) -> &[Launch] {
        &self.read_launches().0
    }

    /// The launch with its `<<<` at token `index`.
    pub fn launch_opening_at(&self, index: usize) -> Option<&Launch> {
        let launches = self.all_launches();
        let at = launches.binary_search_by_key(&index, |launch| launch.open.start).ok()?;
        Some(&launches[at])
    }

    /// The syntax trees of the file's chunks, parsed on demand; `call_site` uses them.
    pub fn trees(&self) -> &Trees {
        &self.trees
    }

    /// The launches that cannot be read and are not in a frozen branch.
    pub fn unreadable_launches(&self) -> impl Iterator<Item = &Unreadable> {
        let (_, unreadable) = self.read_launches();
        unreadable.iter().filter(|found| !self.lexed.tokens[found.open.start].is(Token::FROZEN))
    }

    fn read_launches(&self) -> &(Vec<Launch>, Vec<Unreadable>) {
        self.launches.get_or_init(|| launches::launches(&self.source.bytes, &self.lexed))
    }

    /// The function definitions, in order.
    pub fn functions(&self) -> &[Function] {
        self.functions.get_or_init(|| functions::functions(&self.source.bytes, &self.lexed))
    }

    /// Each brace and the scope behind it; `scope_at` uses them.
    pub(super) fn scopes(&self) -> &[(u32, Scope)] {
        self.scopes.get_or_init(|| scopes::scopes(self))
    }

    /// The constants and object-like macros that tokens show.
    pub fn constants(&self) -> &Constants {
        self.constants.get_or_init(|| Constants::of(self))
    }

    /// The function with the byte at `offset` in its head, parameters or body.
    pub fn function_at(&self, offset: u32) -> Option<&Function> {
        let tokens = self.tokens();
        let functions = self.functions();
        let after = functions.partition_point(|f| tokens[f.head.start].start <= offset);
        let function = functions.get(after.checked_sub(1)?)?;
        let end = tokens.get(function.body.end).map_or(u32::MAX, |brace| brace.end);
        (offset < end).then_some(function)
    }

    /// The name of the function around `offset`, if there is one.
    pub fn enclosing(&self, offset: u32) -> Option<String> {
        let function = self.function_at(offset)?;
        Some(self.slice(self.tokens()[function.name].span()).into_owned())
    }

    /// The spans of header names of all includes, with their directive index and token.
    pub fn includes(&self) -> impl Iterator<Item = (usize, &Token)> {
        self.lexed.directives.iter().enumerate().filter_map(|(index, directive)| {
            let token = self.lexed.tokens.get(directive.tokens.start)?;
            (directive.kind == DirectiveKind::Include && token.kind == TokenKind::HeaderName)
                .then_some((index, token))
        })
    }
}
