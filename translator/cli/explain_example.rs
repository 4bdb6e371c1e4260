//! `tranship explain`: the rules that look at a name, and what the engine makes of a line with it.
//!
//! Every example is converted when it is printed, so it shows what a conversion writes.

use tranship_engine::finding::Finding;
use tranship_engine::pass::Context;
use tranship_engine::source::Source;
use tranship_engine::translate::translate;
use tranship_rules::{Kind, Name, PtxInstruction, Rule, Rules};

use super::explain::code;

/// The number of rules that are listed at most.
const MOST_RULES: usize = 8;

/// The rules that report the word `word`: those that look for it, and those that report it in their own example.
pub(super) fn rules_of(word: &str, rules: &Rules) -> Vec<&'static Rule> {
    let last = word.rsplit("::").next().unwrap_or(word);
    let mut found: Vec<_> = rules
        .rules()
        .filter(|rule| [word, last].iter().any(|word| rule.identifiers.contains(word)))
        .collect();
    let context = Context::new(rules.clone());
    // The example of a rule about HIP code is HIP.
    let is_cuda = |rule: &&Rule| !rule.before.contains("#include <hip");
    for rule in rules.rules().filter(|rule| has_word(rule.before, last)).filter(is_cuda) {
        let source = Source::new(rule.file, rule.before.trim_start_matches('\n'));
        let is_about = |finding: &Finding| {
            let text = String::from_utf8_lossy(&source.bytes[finding.span.range()]).into_owned();
            let name =
                text.trim_start_matches(':').split(['(', '<', '=', ' ', '\n']).next().unwrap_or_default();
            finding.rule == rule.name && (name == word || name.rsplit("::").next() == Some(last))
        };
        let is_new = !found.iter().any(|known| known.name == rule.name);
        if is_new && translate(&source, &context).findings.iter().any(is_about) {
            found.push(rule);
        }
    }
    found.truncate(MOST_RULES);
    found
}

/// Whether `text` contains `word` as a whole word.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

/// The example of one of `found`: a conversion of `word` if there is one.
pub(super) fn of_rules(word: &str, found: &[&Rule]) -> String {
    let last = word.rsplit("::").next().unwrap_or(word);
    let fits = |rule: &&&Rule| (has_word(rule.before, last), !rule.after.trim().is_empty());
    let having = found.iter().filter(|rule| !rule.before.trim().is_empty()).rev();
    let Some(rule) = having.max_by_key(fits) else { return String::new() };
    let mut out = format!("\nexample of {}, before:\n{}", rule.name, code(rule.before));
    if !rule.after.trim().is_empty() {
        out.push_str("after:\n");
        out.push_str(&code(rule.after));
    }
    out
}

/// A line with the name of `row` in a file of its kind, before and after the conversion. Empty if the line stays.
pub(super) fn of_name(row: &Name, rules: &Rules) -> String {
    let name = row.cuda;
    let calls = rules.calls(name.as_bytes());
    let arguments = |count: u8| -> String {
        let letters: Vec<String> = (b'a'..b'a' + count.min(26)).map(|byte| char::from(byte).into()).collect();
        letters.join(", ")
    };
    let counted = calls.iter().find_map(|call| {
        let last = call.wrap.iter().map(|wrap| wrap.arg).chain(call.cast.iter().map(|cast| cast.arg)).max();
        call.arguments.or_else(|| last.map(|last| last + 1))
    });
    let call = format!("{name}({});", counted.map_or_else(|| "/* arguments */".to_owned(), arguments));
    let (file, before, line, after) = match row.kind {
        Kind::Function => ("a.cu", "void f() {", call, "}"),
        Kind::DeviceFunction => ("a.cu", "__device__ void f() {", call, "}"),
        Kind::Type | Kind::DeviceType => ("a.cu", "", format!("{name} x;"), ""),
        Kind::Value => ("a.cu", "", format!("auto x = {name};"), ""),
        Kind::Guard => ("a.cu", "", format!("#ifdef {name}"), "#endif"),
        Kind::Namespace => ("a.cu", "", format!("using namespace {name};"), ""),
        Kind::Flag | Kind::NvccFlag => return of_option(name, rules),
        Kind::LinkLibrary => ("a.sh", "", format!("nvcc main.o -l{name}"), ""),
        Kind::CmakeTarget => ("CMakeLists.txt", "", format!("target_link_libraries(app PRIVATE {name})"), ""),
        Kind::CmakeVariable => ("CMakeLists.txt", "", format!("message(STATUS \"${{{name}}}\")"), ""),
        Kind::CmakeProperty => {
            ("CMakeLists.txt", "", format!("set_target_properties(app PROPERTIES {name} ON)"), "")
        }
        Kind::CmakeCommand if name.contains('(') => ("CMakeLists.txt", "", name.to_owned(), ""),
        Kind::Environment => ("a.sh", "", format!("export {name}=1"), ""),
        Kind::Tool => ("a.sh", "", format!("{name} --help"), ""),
        Kind::Package => ("requirements.txt", "", name.to_owned(), ""),
        Kind::Image => ("Dockerfile", "", format!("FROM {name}"), ""),
        _ => return String::new(),
    };
    shown(&converted(file, before, &line, after, rules), &line)
}

/// The line `#include` with a header, before and after the conversion.
pub(super) fn of_header(header: &str, rules: &Rules) -> String {
    let line = format!("#include <{header}>");
    shown(&converted("a.cu", "", &line, "", rules), &line)
}

/// A command line of nvcc with the option `option`, before and after the conversion. An option with a value gets one that the
/// engine converts. Empty if the command stays.
pub(super) fn of_option(option: &str, rules: &Rules) -> String {
    let plain = option.strip_suffix("=*").unwrap_or(option);
    let is_gpu = ["arch", "code"].iter().any(|part| plain.contains(part));
    let values: &[&str] = match (is_gpu, plain == option) {
        (true, _) if plain.starts_with("-gen") || plain.starts_with("--gen") => {
            &[" arch=compute_80,code=sm_80"]
        }
        (true, _) => &["=sm_80"],
        (false, true) => &[""],
        (false, false) => &["=8"],
    };
    let keeps = |line: &String| {
        line.split_whitespace()
            .any(|word| word.strip_prefix(plain).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
    };
    for value in values {
        let line = format!("nvcc {plain}{value} -c a.cu");
        let after = converted("a.sh", "", &line, "", rules);
        if !after.iter().any(keeps) {
            return shown(&after, &line);
        }
    }
    String::new()
}

/// The rule that the option `option` of nvcc raises in a command line.
pub(super) fn rule_of_option(option: &str, rules: &Rules) -> Option<&'static Rule> {
    let (context, option) = (Context::new(rules.clone()), option.strip_suffix("=*").unwrap_or(option));
    ["=sm_80", " arch=compute_80,code=sm_80"].iter().find_map(|value| {
        let source = Source::new("a.sh", format!("nvcc {option}{value} -c a.cu\n"));
        let findings = translate(&source, &context).findings;
        let changed = findings.iter().find(|finding| {
            !finding.fix.edits().is_empty()
                && source.bytes[finding.span.range()].starts_with(option.as_bytes())
        });
        changed.and_then(|finding| rules.rule(finding.rule))
    })
}

/// An `asm` statement with the PTX instruction `name`, before and after the conversion. Empty if it stays.
pub(super) fn of_ptx(name: &str, row: &PtxInstruction, rules: &Rules) -> String {
    let register = match name.rsplit('.').next().unwrap_or_default() {
        "f32" => 'f',
        "f64" => 'd',
        "b64" | "u64" | "s64" => 'l',
        "b16" | "u16" | "s16" => 'h',
        _ => 'r',
    };
    let used = ["$a", "$b", "$c"].iter().filter(|operand| row.cpp.contains(*operand)).count();
    let numbers: Vec<String> = (0..=used).map(|number| format!("%{number}")).collect();
    let inputs: Vec<String> =
        ["a", "b", "c"].iter().take(used).map(|letter| format!("\"{register}\"({letter})")).collect();
    let line =
        format!("asm(\"{name} {};\" : \"={register}\"(d) : {});", numbers.join(", "), inputs.join(", "));
    let kind = match register {
        'f' => "float",
        'd' => "double",
        'l' => "unsigned long long",
        'h' => "unsigned short",
        _ => "unsigned",
    };
    let before = format!("__device__ {kind} f({kind} a, {kind} b, {kind} c) {{ {kind} d;");
    let after = converted("a.cu", &before, &line, "return d; }", rules);
    if used == 0 || after.iter().any(|line| line.contains("asm")) {
        String::new()
    } else {
        shown(&after, &line)
    }
}

/// The lines that `line` becomes between the lines `before` and `after` of the file `name`.
fn converted(name: &str, before: &str, line: &str, after: &str, rules: &Rules) -> Vec<String> {
    let source = Source::new(name, format!("{before}\n{line}\n{after}\n"));
    let context = Context::new(rules.clone());
    let translation = translate(&source, &context);
    let text = String::from_utf8_lossy(&translation.output(&source)).into_owned();
    let frame =
        |text: &str| text.is_empty() || text == before || text == after || text.contains("tranship_hip.h");
    let is_frame =
        |text: &&str| frame(text) || (text.starts_with("#include <hip/") && !line.starts_with('#'));
    text.lines().filter(|text| !is_frame(text)).map(str::to_owned).collect()
}

/// The example `before` and `after`; empty if they are equal.
fn shown(after: &[String], before: &str) -> String {
    if after.len() == 1 && after[0] == before {
        return String::new();
    }
    let after = if after.is_empty() { "(nothing)".to_owned() } else { after.join("\n") };
    format!("example, before:\n{}after:\n{}", code(before), code(&after))
}
