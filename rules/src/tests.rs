//! Tests of the public interface: look-ups, releases, tables of users and messages.

use crate::{Check, Effort, HeaderAction, Level, Look, MissingNames, Release, Resolution, Rules, lint, rule};

fn user(text: &str) -> Rules {
    let mut rules = Rules::builtin();
    rules.extend_from_toml("user.toml", text).expect("the table is valid");
    rules
}

fn fault(text: &str) -> String {
    Rules::empty().extend_from_toml("user.toml", text).expect_err("the table is faulty").to_string()
}

#[test]
fn every_builtin_row_is_found_under_its_own_name_and_no_other() {
    let rules = Rules::builtin();
    for name in rules.names() {
        assert_eq!(rules.name(name.cuda.as_bytes()), Some(name));
        assert_eq!(rules.name(format!("{}__no", name.cuda).as_bytes()), None);
    }
    for header in rules.headers() {
        assert_eq!(rules.header(header.cuda.as_bytes()), Some(header));
    }
    for rule in rules.rules() {
        assert_eq!(rules.rule(rule.name), Some(rule));
    }
    for call in rules.all_calls() {
        assert!(rules.calls(call.cuda.as_bytes()).contains(call));
    }
    for stranger in ["", "c", "cu", "cudaResult", "cuGet", "cudaCheck", "y0", "norm", "hipMalloc"] {
        assert_eq!(rules.name(stranger.as_bytes()), None, "{stranger}");
    }
}

#[test]
fn an_empty_rule_set_has_no_rows() {
    let rules = Rules::empty();
    assert_eq!(rules.name(b"cudaMalloc"), None);
    assert_eq!(rules.header(b"cuda_runtime.h"), None);
    assert!(rules.calls(b"cudaMemcpyToSymbol").is_empty());
    assert_eq!(rules.names().count() + rules.headers().count() + rules.rules().count(), 0);
    assert_ne!(rules.fingerprint(), Rules::builtin().fingerprint());
}

#[test]
fn the_release_decides_the_spelling() {
    let rules = user(
        r#"
        [functions]
        zzGemm = { hip = "hipGemm", since = "7.0", older = [{ hip = "hipGemm_v2", since = "6.0", until = "7.0" }] }
        zzGone = { hip = "hipGone", until = "6.1" }
        zzNever = { unsupported = "write it anew" }
        "#,
    );
    let at = |name: &str, release: &str| {
        let row = rules.name(name.as_bytes()).expect("just added");
        row.at(release.parse().expect("a release"))
    };
    let spelling = |resolution| match resolution {
        Resolution::Spelling(spelling) => spelling.hip,
        other => panic!("{other:?}"),
    };
    assert_eq!(spelling(at("zzGemm", "7.1")), "hipGemm");
    assert_eq!(spelling(at("zzGemm", "7")), "hipGemm");
    assert_eq!(spelling(at("zzGemm", "6.4.2")), "hipGemm_v2");
    assert_eq!(at("zzGemm", "5.2"), Resolution::Needs(Release::new(6, 0)));
    assert_eq!(at("zzGone", "6.1"), Resolution::Gone(Release::new(6, 1)));
    assert_eq!(spelling(at("zzGone", "6.0")), "hipGone");
    assert_eq!(at("zzNever", "7.1"), Resolution::Unsupported);
}

#[test]
fn rows_of_a_user_override_built_in_rows() {
    let rules = user(
        r#"
        [functions]
        cudaMalloc = { hip = "myMalloc", review = "the pool is set up first" }
        [headers]
        "cuda.h" = { drop = "ours" }
        "#,
    );
    let name = rules.name(b"cudaMalloc").expect("known");
    assert_eq!((name.library, name.level, name.spellings[0].hip), ("user", Level::Review, "myMalloc"));
    assert_eq!(rules.names().filter(|name| name.cuda == "cudaMalloc").count(), 1);
    assert_eq!(rules.header(b"cuda.h").map(|header| header.action), Some(HeaderAction::Drop));
    assert_ne!(rules.fingerprint(), Rules::builtin().fingerprint());
}

#[test]
fn every_row_has_a_source() {
    let rules = user(
        r#"
        source = "our wiki"
        [functions]
        cudaMalloc = "myMalloc"
        [headers]
        "cuda.h" = "ours.h"
        [[rule]]
        name = "our-rule"
        level = "safe"
        what = "w"
        "#,
    );
    let of_name = |name: &str| rules.source_of(rules.name(name.as_bytes()).expect("known"));
    assert_eq!(of_name("cudaMalloc"), "our wiki");
    assert_eq!(rules.header(b"cuda.h").map(|header| header.source), Some("our wiki"));
    assert_eq!(rules.rule("our-rule").map(|rule| rule.source), Some("user.toml"));
    assert!(of_name("cudaFree").contains("HIP 5.2.3"));
    let unnamed = user("[functions]\ncudaFree = \"myFree\"\n[headers]\n\"cuda.h\" = \"ours.h\"");
    assert_eq!(unnamed.source_of(unnamed.name(b"cudaFree").expect("known")), "user.toml");
    assert_eq!(unnamed.header(b"cuda.h").map(|header| header.source), Some("user.toml"));
    for name in rules.names().chain(rules.words()) {
        assert_ne!(rules.source_of(name), "", "{}", name.cuda);
    }
    for header in rules.headers() {
        assert_ne!(header.source, "", "{}", header.cuda);
    }
}

#[test]
fn a_rule_about_the_program_itself_has_a_source_that_states_it() {
    let rules = Rules::builtin();
    let of = |name: &str| rules.rule(name).expect("known").shown_source();
    assert_eq!(of("conflict"), "this rule reports a state of tranship itself");
    assert!(of("launch-bounds").contains("amd_hip_runtime.h"));
}

#[test]
fn errors_in_tables_name_file_line_and_key() {
    let cases = [
        ("[functions]\nfoo = { hipp = \"x\" }", "user.toml:2: unknown field `hipp`"),
        ("[functions]\n\nfoo = 3", "user.toml:3: invalid type: integer `3`"),
        ("[functions]\nfoo = { hip = \"a\", unsupported = \"b\" }", "`foo`: write either `hip` or `unsupp"),
        ("[functions]\nfoo = { hip = \"a\", since = \"seven\" }", "user.toml:2: `seven` is not a release"),
        ("[functions]\n\"a b\" = \"c\"", "user.toml:2: `a b` is not a name"),
        ("[functions]\nfoo = \"a\"\nfoo = \"b\"", "user.toml:3: duplicate key"),
        ("[functions]\nfoo = { hip = \"a\", older = [{ hip = \"b\" }] }", "`foo`: `older` must end"),
        ("[headers]\n\"a.h\" = { same = true, drop = \"x\" }", "user.toml:2: `a.h`: only one of"),
        ("[[rule]]\nname = \"x\"\nlevel = \"bad\"", "user.toml:3: unknown variant `bad`"),
        (
            "[[rule]]\nname = \"x\"\nlevel = \"safe\"\nwhat = \"w\"\ncheck = \"none\"",
            "`x`: there is no check `none`",
        ),
        (
            "[[rule]]\nname = \"x\"\nlevel = \"safe\"\nwhat = \"w\"\nlook = \"all\"",
            "user.toml:5: unknown variant `all`",
        ),
        (
            "[[rule]]\nname = \"x\"\nlevel = \"safe\"\nwhat = \"w\"\nmissing_names = \"check\"",
            "`missing_names = \"check\"` needs a `check`",
        ),
        ("\n[[list]]\nname = \"x\"\nwhat = \"w\"\nwords = [\"a\"]", "user.toml:2: only the built-in tables"),
        ("[[topic]]\nname = \"x\"\nwhat = \"w\"\ntodo = \"t\"\nsource = \"s\"", "write one of `words`"),
        ("[[call]]\ncuda = \"f\"\narguments = 1\nwrap = [{ arg = 1, with = \"W\" }]", "`f`: argument 1"),
    ];
    for (text, expected) in cases {
        let message = fault(text);
        assert!(message.contains(expected), "{message:?} does not contain {expected:?}");
    }
}

#[test]
fn the_lint_reports_each_kind_of_problem() {
    let cases = [
        ("[functions]\nbb = \"x\"\naa = \"y\"", "`bb` must come after `aa`"),
        ("[functions]\naa = \"cc\"\n[types]\ncc = \"dd\"", "`aa` becomes `cc`, which another row"),
        ("[functions]\naa = \"x\"\n[types]\naa = \"x\"", "`aa` is defined twice"),
        ("[functions]\naa = { unsupported = \"\" }", "`aa` does not say what"),
        ("[functions]\naa = \"a-b\"", "`a-b` is not a name"),
        ("[functions]\nnorm = \"norm\"", "`norm` stays as it is"),
        ("[functions]\naa = { hip = \"b\", review = \"all is well.\" }", "ends with a full stop"),
        ("[headers]\n\"a.h\" = { drop = \"\" }", "`a.h` does not say why"),
        ("[[rule]]\nname = \"Bad_Name\"\nlevel = \"safe\"\nwhat = \"w\"", "is not kebab-case"),
        ("[[rule]]\nname = \"x\"\nlevel = \"manual\"\nwhat = \"w\"", "does not say what `todo`"),
        ("[[rule]]\nname = \"x\"\nlevel = \"review\"\nwhat = \"w\"", "states no `assumption`"),
        ("[[rule]]\nname = \"x\"\nlevel = \"safe\"\nwhat = \"w\"", "names no `source`"),
        ("[[rule]]\nname = \"x\"\nlevel = \"safe\"\nwhat = \"w\"", "and `why` it matters"),
        ("[headers]\n\"a.h\" = \"b.h\"", "the table names no `source`"),
        ("source = \"tranship\"\n[functions]\nxa = \"ya\"", "only a rule can have `tranship`"),
        ("[[call]]\ncuda = \"f\"\nsource = \"tranship\"\nto = \"g\"", "call of `f` names no `source`"),
        ("[[list]]\nname = \"x\"\nwhat = \"w\"\nwords = []", "the list `x` is empty"),
        ("[[list]]\nname = \"x\"\nwhat = \"w\"\nwords = [\"a\", \"a\"]", "the list `x` has `a` twice"),
        ("[[vendored]]\nname = \"X\"\nheader = \"x.h\"\ntodo = \"\"", "`X` does not say what to do"),
        ("[[call]]\ncuda = \"f\"\nsource = \"s\"", "call of `f` changes nothing"),
        ("[[call]]\ncuda = \"f\"\nsource = \"s\"\nto = \"g($1)\"", "`to` needs `arguments`"),
        ("[[call]]\ncuda = \"f\"\nsource = \"s\"\narguments = 1\nto = \"g($2)\"", "does not have"),
    ];
    for (text, expected) in cases {
        let problems = lint([("t.toml", text)]).expect("readable");
        let found = problems.iter().any(|problem| problem.message.contains(expected));
        assert!(found, "{problems:?} does not contain {expected:?}");
    }
    assert_eq!(lint([("t.toml", "[functions]\nxa = \"ya\"\nxb = \"yb\"")]), Ok(Vec::new()));
}

#[test]
fn releases_are_parsed_and_printed() {
    let read = |text: &str| text.parse::<Release>();
    assert_eq!(read("7.1.2"), Ok(Release::new(7, 1)));
    assert_eq!(read("7"), Ok(Release::new(7, 0)));
    assert!(Release::new(7, 14) > Release::new(7, 2));
    assert_eq!(Release::new(7, 1).to_string(), "7.1");
    for bad in ["", "x", "7.", ".1", "7.1.2.3", "+7", "7.1.x", "99999"] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_rule_of_a_user_keeps_the_check_of_the_replaced_rule() {
    let table = |more: &str| {
        user(&format!(
            "[[rule]]\nname = \"register-keyword\"\nlevel = \"manual\"\nwhat = \"assembly\"\nidentifiers = [\"ASM\"]\n{more}"
        ))
    };
    let rule = |rules: &Rules| *rules.watching(b"ASM").expect("the rule watches it");
    let replaced = rule(&table(""));
    assert_eq!((replaced.look, replaced.check), (Look::Word, Some(Check::RegisterKeyword)));
    assert_eq!(replaced.missing_names, MissingNames::Name);
    let own = rule(&table("look = \"member\""));
    assert_eq!((own.look, own.check, own.missing_names), (Look::Member, None, MissingNames::Rule));
    let spin = rule(&table("check = \"spin-lock\"\nmissing_names = \"check\""));
    assert_eq!((spin.look, spin.check), (Look::Use, Some(Check::SpinLock)));
    assert_eq!(spin.missing_names, MissingNames::Check);
}

#[test]
fn the_effort_of_a_name_comes_from_its_row() {
    let rules = user(
        r#"
        [functions]
        zzEdit = { unsupported = "rewrite it" }
        zzRework = { unsupported = "write it anew", effort = "rework" }
        zzUnknown = { unsupported = "" }
        [values]
        ZZ_UNKNOWN = { unsupported = "" }
        "#,
    );
    let effort = |name: &str| rules.name(name.as_bytes()).expect("just added").effort;
    assert_eq!(effort("zzEdit"), Effort::Edit);
    assert_eq!(effort("zzRework"), Effort::Rework);
    assert_eq!(effort("zzUnknown"), Effort::Rework);
    assert_eq!(effort("ZZ_UNKNOWN"), Effort::Edit);
}

#[test]
fn each_rule_name_is_a_constant() {
    let rules = Rules::builtin();
    assert_eq!(rule::INLINE_PTX.as_str(), "inline-ptx");
    assert_eq!(rules.named(rule::INLINE_PTX), rules.rule("inline-ptx"));
    assert_eq!(Rules::empty().named(rule::INLINE_PTX), None);
}
