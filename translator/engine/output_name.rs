//! The name of a file in the output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::lang::Lang;

/// The path of the file `path` in the output: `.cu` becomes `.hip`, also before `.in`; all other names stay.
pub fn output_name(path: &Path, keep_names: bool) -> PathBuf {
    if keep_names || Lang::of(path) != Lang::Cuda {
        return path.to_owned();
    }
    let Some(ending) = path.extension() else { return path.to_owned() };
    if ending.eq_ignore_ascii_case("cu") {
        return path.with_extension("hip");
    }
    let mut name: OsString = Path::new(path.file_stem().unwrap_or_default()).with_extension("hip").into();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// The language of `path`; `endings` are further endings of C++ files.
pub fn lang_with(path: &Path, endings: &[String]) -> Lang {
    let known = Lang::of(path);
    if !matches!(known, Lang::Other | Lang::Build) || endings.is_empty() {
        return known;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let has = |ending: &String| name.strip_suffix(ending.as_str()).is_some_and(|stem| stem.ends_with('.'));
    if endings.iter().any(has) { Lang::Cpp } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cuda_sources_get_another_name() {
        let name = |path: &str| output_name(Path::new(path), false);
        assert_eq!(name("a/b.cu"), Path::new("a/b.hip"));
        assert_eq!(name("a/b.v2.cu"), Path::new("a/b.v2.hip"));
        assert_eq!(name("a/b.cu.in"), Path::new("a/b.hip.in"));
        assert_eq!(name("a/b.CU"), Path::new("a/b.hip"));
        assert_eq!(name("a/b.cuh"), Path::new("a/b.cuh"));
        assert_eq!(name("a/.cu"), Path::new("a/.cu"));
        assert_eq!(output_name(Path::new("b.cu"), true), Path::new("b.cu"));
    }

    #[test]
    fn endings_of_the_project_count_as_cpp() {
        let endings = ["def".to_owned(), "cu.tmpl".to_owned()];
        assert_eq!(lang_with(Path::new("a.def"), &endings), Lang::Cpp);
        assert_eq!(lang_with(Path::new("a.cu.tmpl"), &endings), Lang::Cpp);
        assert_eq!(lang_with(Path::new("def"), &endings), Lang::Other);
        assert_eq!(lang_with(Path::new("a.cu"), &endings), Lang::Cuda);
    }
}
