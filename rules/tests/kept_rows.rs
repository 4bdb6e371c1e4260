//! A table that is loaded again and again adds nothing to what the process keeps. It is the only test of this program, so
//! that no other one adds rows meanwhile.

use tranship_rules::{Rules, kept_rows};

const TABLE: &str = r#"
[functions]
keptAlloc = { hip = "hipKept_v2", since = "7.0", older = [{ hip = "hipKept", until = "7.0" }], review = "it is set up" }
[link_libraries]
kept = "hipkept"
[headers]
"kept.h" = "hip/kept.h"
[[rule]]
name = "kept-rule"
level = "manual"
what = "a kept rule"
identifiers = ["keptFirst", "keptSecond"]
[[call]]
cuda = "keptCall"
arguments = 2
wrap = [{ arg = 0, with = "KEPT" }]
cast = [{ arg = 1, to = "kept_t *" }]
"#;

#[test]
fn a_table_that_is_loaded_a_thousand_times_is_kept_once() {
    let load = || {
        let mut rules = Rules::builtin();
        rules.extend_from_toml("kept.toml", TABLE).expect("the table is valid");
        rules
    };
    let first = load();
    let kept = kept_rows();
    assert!(kept > 10, "only {kept} texts and rows are kept");
    for _ in 0..999 {
        let again = load();
        assert!(std::ptr::eq(first.name(b"keptAlloc").unwrap(), again.name(b"keptAlloc").unwrap()));
        // What cannot be read is loaded again and again as well.
        assert!(Rules::empty().extend_from_toml("bad.toml", "[functions]\nkeptBad = { hip = 3 }").is_err());
        assert!(
            Rules::empty()
                .extend_from_toml("bad.toml", "[functions]\nkeptBad = { hip = \"a\", unsupported = \"b\" }")
                .is_err()
        );
    }
    assert!(std::ptr::eq(first.rule("kept-rule").unwrap(), load().rule("kept-rule").unwrap()));
    assert!(std::ptr::eq(first.calls(b"keptCall"), load().calls(b"keptCall")));
    assert_eq!(kept_rows(), kept);
}
