//! Lines and words of Makefiles and shell scripts, with all byte offsets. A continued line is one line, white space in
//! quotes and `$(...)` does not end a word, and comments are left out.
//!
//! Nothing is expanded. Every byte outside of words is white space, a separator or a comment.

use crate::text::Span;

/// The language of the lines, which decides on comments and commands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Make: a comment may begin anywhere outside of recipes.
    Make,
    /// A shell: `;`, `&&`, `||` and `|` separate commands as well.
    Shell,
}

/// One word.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// All its bytes, quotes included.
    pub span: Span,
    /// Its bytes without the quotes, if quotes are around the whole word.
    pub inner: Span,
}

/// One line with its continuations, or one command of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The name that the line assigns a value to.
    pub assigned: Option<Span>,
    /// Its words; in an assignment, the words of the value.
    pub words: Vec<Word>,
    /// Whether it is a command of a recipe.
    pub is_recipe: bool,
}

/// Reads all lines.
pub fn lines(bytes: &[u8], dialect: Dialect) -> Vec<Line> {
    lines_in(bytes, 0..bytes.len(), dialect)
}

/// Reads the lines of a part of a file.
pub fn lines_in(bytes: &[u8], range: std::ops::Range<usize>, dialect: Dialect) -> Vec<Line> {
    // A part of a file can begin within a rule.
    let mut reader =
        Reader { bytes: &bytes[..range.end], at: range.start, dialect, in_rule: range.start > 0 };
    let mut lines = Vec::new();
    while reader.at < range.end {
        reader.line(&mut lines);
    }
    lines
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    dialect: Dialect,
    /// Make: whether a line that begins with a tab is a command of a recipe. It is one between a rule and the next assignment.
    in_rule: bool,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next_is(&self, text: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(text)
    }

    /// Moves behind white space and continued line ends; `true` when there were some.
    fn skip_blank(&mut self) -> bool {
        let start = self.at;
        loop {
            if self.byte().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                self.at += 1;
            } else if self.next_is(b"\\\n") {
                self.at += 2;
            } else if self.next_is(b"\\\r\n") {
                self.at += 3;
            } else {
                return self.at > start;
            }
        }
    }

    fn skip_comment(&mut self) {
        while let Some(byte) = self.byte().filter(|&byte| byte != b'\n') {
            // In Make, a backslash continues a comment as well.
            let continued = self.dialect == Dialect::Make && byte == b'\\';
            self.at += if continued { 2 } else { 1 };
        }
        self.at = self.at.min(self.bytes.len());
    }

    /// Reads one line to its end. Each command of the line becomes one [`Line`].
    fn line(&mut self, lines: &mut Vec<Line>) {
        let is_recipe = self.dialect == Dialect::Make && self.in_rule && self.byte() == Some(b'\t');
        let in_shell = is_recipe || self.dialect == Dialect::Shell;
        let mut line = Line { is_recipe, ..Line::default() };
        let mut parted = true;
        loop {
            parted |= self.skip_blank();
            match self.byte() {
                None => break,
                Some(b'\n') => {
                    self.at += 1;
                    break;
                }
                Some(b'#') if parted || !in_shell => self.skip_comment(),
                Some(b';' | b'&' | b'|') if in_shell => {
                    self.at += 1;
                    lines.push(std::mem::replace(&mut line, Line { is_recipe, ..Line::default() }));
                    parted = true;
                }
                Some(_) => {
                    if line.words.is_empty() && line.assigned.is_none() {
                        if in_shell && let Some(pattern) = self.pattern() {
                            lines.push(Line { words: vec![pattern], ..line.clone() });
                            continue;
                        }
                        line.assigned = self.assignment(is_recipe, in_shell);
                        if line.assigned.is_some() {
                            continue;
                        }
                    }
                    line.words.push(self.word(in_shell));
                    parted = false;
                }
            }
        }
        if self.dialect == Dialect::Make && !is_recipe {
            self.in_rule = self.begins_rule(&line).unwrap_or(self.in_rule);
        }
        lines.push(line);
    }

    /// Whether lines with a tab are commands behind `line`, if it decides that.
    fn begins_rule(&self, line: &Line) -> Option<bool> {
        if line.assigned.is_some() {
            return Some(false);
        }
        let text = |word: &Word| &self.bytes[word.span.range()];
        match text(line.words.first()?) {
            // The lines of a `define` are mostly recipes.
            b"define" => Some(true),
            b"endef" => Some(false),
            b"ifeq" | b"ifneq" | b"ifdef" | b"ifndef" | b"else" | b"endif" | b"include" | b"-include"
            | b"sinclude" => None,
            _ => line.words.iter().any(|word| text(word).contains(&b':')).then_some(true),
        }
    }

    /// Reads `NAME =`, `NAME +=` or `export NAME=` at the start of a line and returns the name.
    fn assignment(&mut self, is_recipe: bool, in_shell: bool) -> Option<Span> {
        let start = self.at;
        for keyword in [&b"export "[..], b"override ", b"local ", b"readonly ", b"ENV ", b"ARG "] {
            if self.next_is(keyword) {
                self.at += keyword.len();
                self.skip_blank();
            }
        }
        let from = self.at;
        while self
            .byte()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        {
            self.at += 1;
        }
        let name = Span::new(from as u32, self.at as u32);
        if !in_shell && !is_recipe {
            self.skip_blank();
        }
        let operator: &[&[u8]] =
            if in_shell { &[b"+=", b"="] } else { &[b":::=", b"::=", b":=", b"?=", b"+=", b"!=", b"="] };
        let found = operator.iter().find(|operator| self.next_is(operator));
        if let Some(operator) = found.filter(|_| !name.is_empty()) {
            self.at += operator.len();
            return Some(name);
        }
        self.at = start;
        None
    }

    /// Reads the pattern of a branch of `case` at the start of a command, `cu12*)`, with its bracket.
    fn pattern(&mut self) -> Option<Word> {
        let rest = &self.bytes[self.at..];
        let is_part = |byte: &&u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'*' | b'?' | b'[' | b']')
        };
        let length = rest.iter().take_while(is_part).count();
        let is_pattern = length > 0 && rest.get(length) == Some(&b')');
        is_pattern.then(|| {
            let start = self.at as u32;
            self.at += length + 1;
            let span = Span::new(start, self.at as u32);
            Word { span, inner: span }
        })
    }

    fn word(&mut self, in_shell: bool) -> Word {
        let start = self.at;
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => break,
                b'\\' if self.next_is(b"\\\n") || self.next_is(b"\\\r\n") => break,
                b'\\' => self.at += 2,
                b';' | b'&' | b'|' if in_shell && self.at > start => break,
                b'#' if !in_shell => break,
                b'"' | b'\'' | b'`' => self.quoted(byte),
                b'$' if self.next_is(b"$(") || self.next_is(b"${") => self.reference(),
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len()).max(start + 1);
        let span = Span::new(start as u32, self.at as u32);
        let text = &self.bytes[span.range()];
        let around = text.len() >= 2
            && matches!(text[0], b'"' | b'\'')
            && text[text.len() - 1] == text[0]
            && memchr::memchr_iter(text[0], text).count() == 2;
        let inner = if around { Span::new(span.start + 1, span.end - 1) } else { span };
        Word { span, inner }
    }

    /// Moves behind the closing quote; without one, only behind the opening quote.
    fn quoted(&mut self, quote: u8) {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.byte() {
            self.at += if byte == b'\\' && quote != b'\'' { 2 } else { 1 };
            if byte == quote {
                return;
            }
            if byte == b'\n' && self.dialect == Dialect::Make {
                break;
            }
        }
        self.at = start + 1;
    }

    /// Moves behind `$(...)` or `${...}`, nested ones included.
    fn reference(&mut self) {
        let start = self.at;
        let (open, close) = if self.next_is(b"$(") { (b'(', b')') } else { (b'{', b'}') };
        let mut depth = 0_usize;
        while let Some(byte) = self.byte() {
            self.at += 1;
            if byte == open {
                depth += 1;
            } else if byte == close {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            } else if byte == b'\n' && !self.bytes[..self.at - 1].ends_with(b"\\") {
                break;
            }
        }
        self.at = start + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders each line as `name=word|word`.
    fn check(text: &str, dialect: Dialect, expected: &[&str]) {
        let word = |span: Span| &text[span.range()];
        let line = |line: &Line| {
            let words: Vec<_> = line.words.iter().map(|w| word(w.inner)).collect();
            let name = line.assigned.map(|name| format!("{}=", word(name))).unwrap_or_default();
            format!("{name}{}", words.join("|"))
        };
        let found: Vec<_> = lines(text.as_bytes(), dialect).iter().map(line).collect();
        let found: Vec<_> = found.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn only_a_shell_has_patterns() {
        check("case x in\n  cu12*) f ;;\nesac\n", Dialect::Shell, &["case|x|in", "cu12*)", "f", "esac"]);
        check("RawKernel)", Dialect::Make, &["RawKernel)"]);
        check("ab) cd\n", Dialect::Make, &["ab)|cd"]);
    }

    #[test]
    fn makefiles_are_read() {
        check("A ?= nvcc # c\nB:=-a \\\n  -b\n", Dialect::Make, &["A=nvcc", "B=-a|-b"]);
        check(
            "%.o: %.cu $(H)\n\t$(NVCC) -c $< && echo \"a b\"\n",
            Dialect::Make,
            &["%.o:|%.cu|$(H)", "$(NVCC)|-c|$<", "echo|a b"],
        );
        check(
            "X = $(patsubst %.cu, %.o, $(wildcard *.cu)) y\r\n",
            Dialect::Make,
            &["X=$(patsubst %.cu, %.o, $(wildcard *.cu))|y"],
        );
        check("export CUDA_PATH=/usr/local/cuda", Dialect::Make, &["CUDA_PATH=/usr/local/cuda"]);
    }

    #[test]
    fn shells_are_read() {
        check("A=b c#d # e\nnvcc x.cu;ls|wc\n", Dialect::Shell, &["A=b|c#d", "nvcc|x.cu", "ls", "wc"]);
        check(
            "case $1 in\n  cu12*) A=b ;;\n  x|y) c d;;\nesac\n",
            Dialect::Shell,
            &["case|$1|in", "cu12*)", "A=b", "x", "y)", "c|d", "esac"],
        );
        check("export P=\"a b\"\ncd $(dirname $0)/x", Dialect::Shell, &["P=a b", "cd|$(dirname $0)/x"]);
    }

    #[test]
    fn nothing_that_is_broken_stops_the_reader() {
        for text in ["a \"b\nc", "$(a\nb", "a\\", "'", "=", "\t", "a=\\", "${", "\"\\"] {
            for dialect in [Dialect::Make, Dialect::Shell] {
                let _ = lines(text.as_bytes(), dialect);
            }
        }
    }
}
