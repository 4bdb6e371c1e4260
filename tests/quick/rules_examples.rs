//! The examples of the rules: each raises its rule and becomes exactly the `after` of the rule. In a comment, a string or a
//! branch for HIP the same code raises nothing. The pages in `docs/rules/` are generated from the tables.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use crate::support::root;
use tranship_engine::index::cmake_facts::FileFacts;
use tranship_engine::index::facts::Facts;
use tranship_engine::index::{Index, Renamed, cmake_facts as cmake};
use tranship_engine::lang::Lang;
use tranship_engine::pass::{Context, Warp};
use tranship_engine::source::Source;
use tranship_engine::translate::{Translation, translate};
use tranship_rules::{Level, Release, Rule, Rules, Scope, list};

/// The releases for which an example is converted: the newest one first, then releases with different headers.
const RELEASES: &[Release] = &[Release::new(7, 1), Release::new(6, 4), Release::new(5, 2)];

/// GPUs with texture units, for which an example is converted last.
const WITH_IMAGES: &[&str] = &["gfx90a", "gfx1100"];

/// A context for each release, then one with `--warp native`, then one for each GPU with texture units. The project has one
/// more file, `scan.cu`.
static CONTEXTS: LazyLock<Vec<Context>> = LazyLock::new(|| {
    let mut native = context(RELEASES[0]);
    native.options.warp = Warp::Native;
    let of_arch = |arch: &&str| {
        let mut context = context(RELEASES[0]);
        context.options.target.archs = vec![(*arch).to_owned()];
        context
    };
    let with_images = WITH_IMAGES.iter().map(of_arch);
    RELEASES.iter().map(|&rocm| context(rocm)).chain([native]).chain(with_images).collect()
});

fn context(rocm: Release) -> Context {
    let mut context = Context::new(Rules::builtin());
    context.options.target.rocm = rocm;
    context.index = Index::new([("scan.cu".into(), Facts::default())]);
    context
}

/// Translates `code` as the file of the rule's example.
fn convert(rule: &Rule, code: &str, context: &Context) -> (Translation, String) {
    let source = Source::new(rule.file, code.as_bytes());
    let mut context = context.clone();
    if !source.lang.is_cpp() {
        let facts = (source.path.clone(), FileFacts::of(code.as_bytes()));
        context.project.cmake = cmake::Facts::new([facts]);
        context.project.renamed = Renamed::new(["scan.cu".into()], []);
    }
    let translation = translate(&source, &context);
    let output = String::from_utf8_lossy(&translation.output(&source)).into_owned();
    (translation, output)
}

fn raises(translation: &Translation, rule: &Rule) -> bool {
    translation.findings.iter().any(|finding| finding.rule == rule.name)
}

/// The translation of the example for the first release in which it raises its rule, and the output.
fn first_raise(rule: &Rule) -> Option<(Translation, String)> {
    CONTEXTS.iter().map(|context| convert(rule, rule.before, context)).find(|(found, _)| raises(found, rule))
}

fn with_examples() -> Vec<&'static Rule> {
    // `tests/quick/advise.rs` checks the examples of advice, which a conversion does not report.
    let is_advice = |rule: &Rule| list::has(list::ADVICE_RULES, rule.name.as_bytes());
    let rules: Vec<_> =
        Rules::builtin().rules().filter(|rule| !rule.before.is_empty() && !is_advice(rule)).collect();
    assert!(rules.len() >= 30, "only {} rules have an example", rules.len());
    rules
}

#[test]
fn every_example_raises_its_rule_and_gives_the_stated_output() {
    let mut wrong = String::new();
    for rule in with_examples() {
        let Some((translation, output)) = first_raise(rule) else {
            let (found, _) = convert(rule, rule.before, &CONTEXTS[0]);
            let found: Vec<_> = found.findings.iter().map(|finding| finding.rule).collect();
            let _ = writeln!(wrong, "`{}` is not raised by its example, but {found:?}", rule.name);
            continue;
        };
        if !rule.after.is_empty() && output != rule.after {
            let _ = writeln!(wrong, "`{}` gives\n{output}instead of\n{}", rule.name, rule.after);
        }
        for finding in translation.findings.iter().filter(|finding| finding.rule == rule.name) {
            if finding.level != rule.level && rule.level == Level::Manual {
                let _ = writeln!(wrong, "`{}` is manual, its finding is not", rule.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whether the example of a rule is about directives. Wrapping such an example in other directives changes its meaning.
fn is_about_directives(rule: &Rule) -> bool {
    rule.before.trim_start().starts_with("#if") || rule.name.ends_with("-guard")
}

/// The example in a comment, in a string and in a branch for HIP.
fn look_alikes(rule: &Rule) -> [String; 3] {
    let code = rule.before;
    let commented = |mark: &str| format!("{mark} {}\n", code.replace('\n', &format!("\n{mark} ")));
    match Lang::of(Path::new(rule.file)) {
        Lang::Cmake => [
            commented("#"),
            format!("set(TEXT [==[\n{code}\n]==])\n"),
            format!("if(USE_HIP)\n{code}\nendif()\n"),
        ],
        Lang::Python => [
            commented("#"),
            String::new(),
            format!("if torch.version.hip:\n    {}\n", code.trim().replace('\n', "\n    ")),
        ],
        Lang::Make => [commented("#"), String::new(), format!("ifdef USE_HIP\n{code}\nendif\n")],
        Lang::Fortran => [commented("!"), String::new(), String::new()],
        Lang::Cargo => [
            commented("//"),
            format!("const TEXT: &str = r#\"\n{code}\n\"#;\n"),
            format!("fn main() {{ if cfg!(feature = \"rocm\") {{\n{code}\n}} }}\n"),
        ],
        Lang::Yaml | Lang::Packages | Lang::Build => [commented("#"), String::new(), String::new()],
        _ => [
            commented("//"),
            format!("const char *text = R\"code(\n{code}\n)code\";\n"),
            format!("#ifdef __HIP_PLATFORM_AMD__\n{code}\n#endif\n"),
        ],
    }
}

#[test]
fn look_alikes_of_every_example_raise_nothing() {
    let mut wrong = String::new();
    for rule in with_examples().into_iter().filter(|rule| rule.name != "runtime-header") {
        if rule.name == "unreadable-build-file" {
            continue;
        }
        let [commented, quoted, for_hip] = look_alikes(rule);
        let mut wrapped = vec![("a comment", commented), ("a string", quoted)];
        if !is_about_directives(rule) {
            wrapped.push(("a branch for HIP", for_hip));
        }
        for (place, code) in wrapped {
            for context in CONTEXTS.iter() {
                if raises(&convert(rule, &code, context).0, rule) {
                    let _ = writeln!(wrong, "`{}` is raised in {place}", rule.name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn converting_an_example_again_changes_nothing() {
    for rule in with_examples() {
        let (_, once) = convert(rule, rule.before, &CONTEXTS[0]);
        let (_, twice) = convert(rule, &once, &CONTEXTS[0]);
        assert_eq!(once, twice, "{}", rule.name);
    }
}

/// The page of one rule.
fn page(rule: &Rule) -> String {
    let level = match rule.level {
        Level::Safe => "`safe`: applied; the meaning stays the same",
        Level::Review => "`review`: applied; right under the assumption below",
        Level::Manual => "`manual`: not applied; a person decides",
    };
    let scope = match rule.scope {
        Scope::File => "one file",
        Scope::Closure => "a file and what it includes",
        Scope::Project => "the whole project",
    };
    let mut page = format!("# {}\n\n", rule.name);
    let _ = writeln!(page, "**What.** {}\n\n**Why.** {}", sentence(rule.what), sentence(rule.why));
    if !rule.todo.is_empty() {
        let _ = writeln!(page, "\n**What to do.** {}", sentence(rule.todo));
    }
    if !rule.assumption.is_empty() {
        let _ = writeln!(page, "\n**Assumption.** {}", sentence(rule.assumption));
    }
    let (effort, takes) = (rule.effort.word(), rule.effort.takes());
    let costs = if rule.level == Level::Safe {
        String::new()
    } else {
        format!(" One place costs `{effort}`: {takes}.")
    };
    let _ = writeln!(page, "\nLevel {level}.{costs} Looks at {scope}.");
    if !rule.identifiers.is_empty() {
        let names: Vec<_> = rule.identifiers.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(page, "\nLooks for {}.", names.join(", "));
    }
    let (before, after) = match Lang::of(Path::new(rule.file)) {
        Lang::Cmake => ("cmake", "cmake"),
        Lang::Make => ("make", "make"),
        Lang::Python => ("python", "python"),
        Lang::Yaml => ("yaml", "yaml"),
        Lang::Fortran => ("fortran", "fortran"),
        Lang::Packages | Lang::Build | Lang::Cargo => ("text", "text"),
        _ => ("cuda", "cpp"),
    };
    if !rule.before.is_empty() {
        let _ = writeln!(page, "\n## Example\n\n```{before}\n{}\n```", rule.before.trim_matches('\n'));
    }
    if !rule.after.is_empty() {
        let _ = writeln!(page, "\nbecomes\n\n```{after}\n{}\n```", rule.after.trim_matches('\n'));
    }
    // Markdown reads `<LANG>` outside of code as HTML.
    let _ = writeln!(page, "\nSource: {}.", rule.shown_source().replace('<', "\\<"));
    page
}

/// The page that lists all rules.
fn index() -> String {
    let mut index = "# Rules\n\nGenerated, do not edit. `tranship explain RULE` prints the same pages.\n\n\
        | rule | level | what was found |\n|---|---|---|\n"
        .to_owned();
    for rule in Rules::builtin().rules() {
        let level = format!("{:?}", rule.level).to_lowercase();
        let what = rule.what.replace('|', "\\|");
        let _ = writeln!(index, "| [{0}]({0}.md) | {level} | {what} |", rule.name);
    }
    index
}

/// A message as a sentence with a full stop, and with a capital letter unless it begins with code.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[test]
fn the_pages_of_the_rules_are_up_to_date() {
    let folder = root().join("docs/rules");
    let mut wanted: BTreeMap<String, String> =
        Rules::builtin().rules().map(|rule| (format!("{}.md", rule.name), page(rule))).collect();
    wanted.insert("README.md".to_owned(), index());
    if std::env::var_os("TRANSHIP_BLESS").is_some() {
        bless(&folder, &wanted);
    }
    let found: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .expect("docs/rules is a folder")
        .map(|entry| entry.expect("docs/rules can be read"))
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("a page is text");
            (entry.file_name().to_string_lossy().into_owned(), text)
        })
        .collect();
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&wanted), "run `TRANSHIP_BLESS=1 cargo test --test quick`");
    for (name, text) in &wanted {
        assert_eq!(&found[name], text, "{name}: run `TRANSHIP_BLESS=1 cargo test --test quick`");
    }
}

fn bless(folder: &Path, wanted: &BTreeMap<String, String>) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("old pages can be removed");
    }
    std::fs::create_dir_all(folder).expect("docs/rules can be made");
    for (name, text) in wanted {
        std::fs::write(folder.join(name), text).expect("a page can be written");
    }
}
