//! Computes the value of a condition of the preprocessor for given values of its names. It expands no macros.

/// A condition that is nested deeper has no value; real code does not nest so deeply.
const MAX_DEPTH: u32 = 64;

/// The value of the directive `text`, such as `#if A > 1`. `values` has the value of a defined name; a name without a value is not
/// defined. A call such as `__has_include(<x>)` is looked up by its whole text. `None` if `text` is no condition that can be read.
pub(super) fn is_true(text: &str, values: &dyn Fn(&str) -> Option<i64>) -> Option<bool> {
    let (word, rest) = keyword(text)?;
    let name = || rest.split(|c: char| !is_name(c)).next().filter(|name| !name.is_empty());
    match word {
        "ifdef" | "elifdef" => Some(values(name()?).is_some()),
        "ifndef" | "elifndef" => Some(values(name()?).is_none()),
        "if" | "elif" => {
            let tokens = tokens(rest)?;
            let mut reader = Reader { tokens: &tokens, at: 0, values, depth: 0 };
            let value = reader.choice()?;
            (reader.at == tokens.len()).then_some(value != 0)
        }
        _ => None,
    }
}

/// The names and numbers of the directive `text`.
pub(super) fn words(text: &str) -> Vec<String> {
    let rest = keyword(text).map_or("", |(_, rest)| rest);
    tokens(rest).unwrap_or_default().into_iter().filter(|token| token.starts_with(is_name)).collect()
}

/// The keyword of a directive and the text behind it.
fn keyword(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start().strip_prefix('#')?.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    Some((&text[..end], text[end..].trim_start()))
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric()
}

/// The number `text`, with its prefix and suffix.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.replace('\'', "").to_ascii_lowercase();
    let digits = text.trim_end_matches(['u', 'l', 'z']);
    let (digits, radix) = match digits.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if digits.starts_with("0b") => (&digits[2..], 2),
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    i64::from_str_radix(digits, radix).ok()
}

/// The tokens of `text` without comments. A name with parentheses behind it, other than `defined`, is one token.
fn tokens(text: &str) -> Option<Vec<String>> {
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut rest = text.as_str();
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Some(tokens) };
        if rest.starts_with("//") {
            return Some(tokens);
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = &comment[comment.find("*/")? + 2..];
            continue;
        }
        let length = if is_name(first) {
            let name = rest.find(|c: char| !is_name(c) && c != '\'').unwrap_or(rest.len());
            name + arguments(&rest[..name], &rest[name..])?
        } else {
            let two = rest.get(..2).unwrap_or_default();
            if ["||", "&&", "==", "!=", "<=", ">=", "<<", ">>"].contains(&two) { 2 } else { 1 }
        };
        // Strings and characters are in arguments alone.
        if !first.is_ascii() || matches!(first, '"' | '\'') {
            return None;
        }
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
}

/// The length of the arguments behind `name`; 0 if there are none.
fn arguments(name: &str, rest: &str) -> Option<usize> {
    let blank = rest.len() - rest.trim_start().len();
    let is_call = rest[blank..].starts_with('(') && !name.starts_with(|c: char| c.is_ascii_digit());
    if !is_call || ["defined", "and", "or", "not"].contains(&name) {
        return Some(0);
    }
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at + 1),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    values: &'a dyn Fn(&str) -> Option<i64>,
    depth: u32,
}

/// The operators of each level, from the loosest.
const LEVELS: [&[&str]; 10] = [
    &["||", "or"],
    &["&&", "and"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<", ">", "<=", ">="],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader<'_> {
    fn take(&mut self, words: &[&str]) -> Option<&str> {
        let token = self.tokens.get(self.at).filter(|token| words.contains(&token.as_str()))?;
        self.at += 1;
        Some(token)
    }

    fn choice(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let condition = self.binary(0)?;
        let value = if self.take(&["?"]).is_some() {
            let then = self.choice()?;
            self.take(&[":"])?;
            let other = self.choice()?;
            if condition == 0 { other } else { then }
        } else {
            condition
        };
        self.depth -= 1;
        Some(value)
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.take(operators).map(str::to_owned) {
            let right = self.binary(level + 1)?;
            left = apply(&operator, left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value =
            match self.take(&["!", "not", "-", "+", "~", "(", "defined"]).map(str::to_owned).as_deref() {
                Some("!" | "not") => i64::from(self.unary()? == 0),
                Some("-") => self.unary()?.checked_neg()?,
                Some("+") => self.unary()?,
                Some("~") => !self.unary()?,
                Some("(") => {
                    let value = self.choice()?;
                    self.take(&[")"])?;
                    value
                }
                Some(_) => self.defined()?,
                None => self.operand()?,
            };
        self.depth -= 1;
        Some(value)
    }

    fn defined(&mut self) -> Option<i64> {
        let is_in_parentheses = self.take(&["("]).is_some();
        let name = self.tokens.get(self.at).filter(|token| token.chars().all(is_name))?;
        self.at += 1;
        if is_in_parentheses {
            self.take(&[")"])?;
        }
        Some(i64::from((self.values)(name).is_some()))
    }

    fn operand(&mut self) -> Option<i64> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        match token.chars().next()? {
            first if first.is_ascii_digit() => number(token),
            first if is_name(first) && token == "true" => Some(1),
            first if is_name(first) => Some((self.values)(token).unwrap_or(0)),
            _ => None,
        }
    }
}

fn apply(operator: &str, a: i64, b: i64) -> Option<i64> {
    let truth = |value: bool| Some(i64::from(value));
    match operator {
        "||" | "or" => truth(a != 0 || b != 0),
        "&&" | "and" => truth(a != 0 && b != 0),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        "&" => Some(a & b),
        "==" => truth(a == b),
        "!=" => truth(a != b),
        "<" => truth(a < b),
        ">" => truth(a > b),
        "<=" => truth(a <= b),
        ">=" => truth(a >= b),
        "<<" => a.checked_shl(u32::try_from(b).ok()?),
        ">>" => a.checked_shr(u32::try_from(b).ok()?),
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        // A division by zero may be behind a `&&` that prevents it.
        "/" => Some(a.checked_div(b).unwrap_or(0)),
        _ => Some(a.checked_rem(b).unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the value of `text` if `A` is 3, `B` is defined without a value, and nothing else is defined.
    fn check(text: &str, expected: Option<bool>) {
        let values = |name: &str| match name {
            "A" => Some(3),
            "B" => Some(0),
            "f(x)" => Some(7),
            _ => None,
        };
        assert_eq!(is_true(text, &values), expected, "{text}");
    }

    #[test]
    fn conditions_have_the_value_of_the_preprocessor() {
        check("#if A > 1 && !defined(C)", Some(true));
        check("# if defined A && (A == 0x3u || C)", Some(true));
        check("#if C >= 1 || A < 1'000 - 997", Some(false));
        check("#ifdef B // defined", Some(true));
        check("#ifndef B", Some(false));
        check("#elif C ? 1 : A % 2", Some(true));
        check("#if 1 + 2 * 3 == 7 /* behind */ && f(x) == 7", Some(true));
        check("#if A / C", Some(false));
    }

    #[test]
    fn what_is_no_condition_has_no_value() {
        check("#include <A>", None);
        check("#if", None);
        check("#if (A", None);
        check("#if A B", None);
        check(&format!("#if {}1", "(".repeat(1000)), None);
    }
}
