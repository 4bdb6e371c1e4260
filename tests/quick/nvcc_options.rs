//! Each option of nvcc, in each of its forms, is replaced, removed or reported, unless clang has it too.

use tranship_rules::list;

#[path = "../support/nvcc_options.rs"]
mod options;

/// Whether the list of clang's options has `option`.
fn is_clangs(option: &str) -> bool {
    list::OPTIONS_OF_CLANG.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => option.starts_with(start),
        None => option == *known,
    })
}

#[test]
fn no_option_of_nvcc_is_passed_to_hipcc_in_silence() {
    let all = options::converted();
    assert!(all.len() > 400, "{}", all.len());
    let (mut silent, mut unknown) = (Vec::new(), Vec::new());
    for converted in all {
        let option = converted.option.join(" ");
        assert!(!converted.words.is_empty(), "the compiler of `{option}` has its new name");
        if converted.manual.contains(&"unknown-option") {
            unknown.push(option);
        } else if converted.is_same && converted.manual.is_empty() && !is_clangs(&converted.option[0]) {
            silent.push(option);
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(unknown.is_empty(), "nvcc has these options: {unknown:#?}");
}
