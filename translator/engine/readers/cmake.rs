//! Reads CMake's language: commands and their arguments with all byte offsets, and the `if` branch of each command.
//!
//! Nothing is evaluated. Reading ends at the first error: the commands before it are kept, and `broken` is its offset.

use std::ops::Range;

use crate::text::{Span, is_word};

/// How an argument is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Bare words: variables are replaced, `;` separates them.
    Unquoted,
    /// In quotes: variables are replaced.
    Quoted,
    /// `[[...]]`: used literally.
    Bracket,
    /// A parenthesis inside the arguments, as in conditions.
    Paren,
}

/// One argument.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// How it is written.
    pub form: Form,
    /// All its bytes, quotes and brackets included.
    pub span: Span,
    /// The bytes inside of its quotes or brackets; the same as `span` without them.
    pub inner: Span,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its name.
    pub name: Span,
    /// From the name to the closing parenthesis.
    pub span: Span,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// Index of the innermost `if`, `elseif` or `else` with a branch around it.
    pub branch: Option<usize>,
}

/// A file of commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The commands in order.
    pub commands: Vec<Command>,
    /// The offset of the first error, if there is one.
    pub broken: Option<u32>,
}

/// Reads a file.
pub fn read(bytes: &[u8]) -> File {
    let mut reader = Reader { bytes, at: 0 };
    let mut file = File::default();
    while let Some(next) = reader.command() {
        match next {
            Ok(command) => file.commands.push(command),
            Err(at) => {
                file.broken = Some(at as u32);
                break;
            }
        }
    }
    nest(bytes, &mut file.commands);
    file
}

/// Whether the name of `command` is `word`, without regard to case.
pub fn is_command(bytes: &[u8], command: &Command, word: &str) -> bool {
    bytes[command.name.range()].eq_ignore_ascii_case(word.as_bytes())
}

/// Sets the branch of every command. The branch of an `elseif` or `else` is the one around its `if`.
fn nest(bytes: &[u8], commands: &mut [Command]) {
    let mut open: Vec<usize> = Vec::new();
    for index in 0..commands.len() {
        let name = bytes[commands[index].name.range()].to_ascii_lowercase();
        if matches!(&*name, b"elseif" | b"else" | b"endif") {
            open.pop();
        }
        commands[index].branch = open.last().copied();
        if matches!(&*name, b"if" | b"elseif" | b"else") {
            open.push(index);
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take_while(&mut self, is: impl Fn(u8) -> bool) -> Range<usize> {
        let start = self.at;
        while self.byte().is_some_and(&is) {
            self.at += 1;
        }
        start..self.at
    }

    /// Moves behind white space, comments, and a byte-order mark at the start of the file.
    fn skip_space(&mut self) {
        if self.at == 0 && self.bytes.starts_with(b"\xef\xbb\xbf") {
            self.at = 3;
        }
        loop {
            self.take_while(|byte| byte.is_ascii_whitespace() || byte == 0x0b);
            if self.byte() != Some(b'#') {
                return;
            }
            let start = self.at;
            self.at += 1;
            if self.bracket().is_none() {
                self.at = start;
                self.take_while(|byte| byte != b'\n');
            }
        }
    }

    /// The next command, or the offset of an error; `None` at the end of the file.
    fn command(&mut self) -> Option<Result<Command, usize>> {
        self.skip_space();
        while self.placeholder() {
            self.skip_space();
        }
        let start = self.at;
        self.byte()?;
        let name = self.take_while(is_word);
        self.take_while(|byte| matches!(byte, b' ' | b'\t'));
        if name.is_empty() || self.byte() != Some(b'(') {
            return Some(Err(start));
        }
        self.at += 1;
        Some(self.arguments().map(|arguments| Command {
            name: span(name),
            span: span(start..self.at),
            arguments,
            branch: None,
        }))
    }

    /// Moves behind `@NAME@` in place of a command: in a template, `configure_file` replaces it with commands.
    fn placeholder(&mut self) -> bool {
        let rest = self.bytes[self.at..].strip_prefix(b"@").unwrap_or_default();
        let length = rest.iter().take_while(|&&byte| is_word(byte)).count();
        let is_one = length > 0 && rest.get(length) == Some(&b'@');
        self.at += if is_one { length + 2 } else { 0 };
        // CMake's text for this one ends with a comment, so the rest of the line is part of the comment.
        if is_one && &rest[..length] == b"PACKAGE_INIT" {
            let line = &self.bytes[self.at..];
            self.at += memchr::memchr(b'\n', line).unwrap_or(line.len());
        }
        is_one
    }

    /// Reads the arguments and the closing parenthesis; the error is an offset.
    fn arguments(&mut self) -> Result<Vec<Argument>, usize> {
        let mut arguments = Vec::new();
        let mut depth = 0_usize;
        loop {
            self.skip_space();
            let start = self.at;
            match self.byte().ok_or(start)? {
                b')' if depth == 0 => {
                    self.at += 1;
                    return Ok(arguments);
                }
                byte @ (b'(' | b')') => {
                    self.at += 1;
                    depth = if byte == b'(' { depth + 1 } else { depth - 1 };
                    let all = span(start..self.at);
                    arguments.push(Argument { form: Form::Paren, span: all, inner: all });
                }
                b'"' => {
                    self.quoted().ok_or(start)?;
                    let inner = span(start + 1..self.at - 1);
                    arguments.push(Argument { form: Form::Quoted, span: span(start..self.at), inner });
                }
                _ => {
                    let bracket = self.bracket();
                    if bracket.is_none() {
                        self.unquoted().ok_or(start)?;
                    }
                    let form = if bracket.is_some() { Form::Bracket } else { Form::Unquoted };
                    let all = span(start..self.at);
                    arguments.push(Argument { form, span: all, inner: bracket.map_or(all, span) });
                }
            }
        }
    }

    /// Moves behind a string in quotes; `None` when it does not end.
    fn quoted(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.byte()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    /// Moves behind a bare word. CMake also accepts `-Da="b c"` and `$(VAR)` in one, for old files.
    fn unquoted(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(byte) = self.byte() {
            match byte {
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                b'"' => self.quoted()?,
                b'$' if self.bytes.get(self.at + 1) == Some(&b'(') => {
                    self.take_while(|byte| byte != b')' && byte != b'\n');
                    self.at += usize::from(self.byte() == Some(b')'));
                }
                b'(' | b')' | b'#' => break,
                byte if byte.is_ascii_whitespace() => break,
                _ => self.at += 1,
            }
        }
        (self.at > start).then_some(())
    }

    /// Moves behind `[==[ ... ]==]` and returns the bytes inside; `None`, without moving, where there is none.
    fn bracket(&mut self) -> Option<Range<usize>> {
        let rest = self.bytes.get(self.at..)?.strip_prefix(b"[")?;
        let level = rest.iter().take_while(|&&byte| byte == b'=').count();
        if rest.get(level) != Some(&b'[') {
            return None;
        }
        let mut closing = vec![b'='; level + 2];
        closing[0] = b']';
        closing[level + 1] = b']';
        let start = self.at + level + 2;
        let length = memchr::memmem::find(&self.bytes[start..], &closing)?;
        self.at = start + length + closing.len();
        Some(start..start + length)
    }
}

fn span(range: Range<usize>) -> Span {
    Span::new(range.start as u32, range.end as u32)
}

/// The text of `span`; empty where it is not UTF-8.
pub fn text_of(bytes: &[u8], span: Span) -> &str {
    std::str::from_utf8(&bytes[span.range()]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Renders each command as `name|argument|argument`, then where reading ended.
    fn check(text: &str, expected: &[&str], broken: Option<u32>) {
        let file = read(text.as_bytes());
        let word = |span: Span| text[span.range()].to_owned();
        let line = |command: &Command| {
            let arguments = command.arguments.iter().map(|argument| word(argument.inner));
            std::iter::once(word(command.name)).chain(arguments).collect::<Vec<_>>().join("|")
        };
        assert_eq!(file.commands.iter().map(line).collect::<Vec<_>>(), expected, "{text}");
        assert_eq!(file.broken, broken, "{text}");
    }

    #[test]
    fn commands_and_arguments_are_read() {
        check("project(a LANGUAGES CXX CUDA)\r\n", &["project|a|LANGUAGES|CXX|CUDA"], None);
        check("# c(\nset ( A \"b # ;\\\" c\" # x)\n d )", &["set|A|b # ;\\\" c|d"], None);
        check("#[[ a(\n]] b([=[ ]] \" ]=])", &["b| ]] \" "], None);
        check("if((A) AND B)\nendif()", &["if|(|A|)|AND|B", "endif"], None);
        check("a($<$<X:CUDA>:-b;-c> -D\"x y\" $(V W)z)", &["a|$<$<X:CUDA>:-b;-c>|-D\"x y\"|$(V W)z"], None);
        check("\u{feff}a()", &["a"], None);
        check("@INIT@\na()\n@B_C@", &["a"], None);
        check("@PACKAGE_INIT@.\na()\n@PACKAGE_INIT@", &["a"], None);
    }

    #[test]
    fn reading_ends_at_the_first_error() {
        check("a(b)\nc(\"d", &["a|b"], Some(7));
        check("a(b)\n<<<<<<< x", &["a|b"], Some(5));
        check("a(b", &[], Some(3));
        check("a(\\", &[], Some(3));
    }

    #[test]
    fn commands_have_branches() {
        let text = "if(A)\nb()\nelse()\nif(C)\nd()\nendif()\nendif()\ne()";
        let around: Vec<_> = read(text.as_bytes()).commands.iter().map(|command| command.branch).collect();
        assert_eq!(around, [None, Some(0), None, Some(2), Some(3), Some(2), None, None]);
    }
}
