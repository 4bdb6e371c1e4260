//! Branches of build files and scripts whose condition is about HIP or ROCm.

use tranship_rules::Kind;

use super::Context;
use crate::readers::branches::{self, Branches};

/// For each part of `file`, whether a condition settles it: it is about HIP or ROCm, or about a switch of NVIDIA's build that
/// the project's build for HIP has for HIP.
pub(crate) fn settled(file: &dyn Branches, context: &Context) -> Vec<bool> {
    let own_hip = &context.project.own_hip;
    let is_switch = |word: &str| {
        own_hip.exists()
            && word
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .any(|name| own_hip.is_cuda_switch(name))
    };
    branches::settled(file, &|word| names_hip(word, &context.guards.extra) || is_switch(word))
}

/// For each part of `file`, whether a chain around it has a branch for each vendor.
pub(crate) fn branch_for_each_vendor(file: &dyn Branches, context: &Context) -> Vec<bool> {
    let names_cuda = |word: &str| {
        let word = word.to_ascii_lowercase();
        ["cuda", "nvcc", "nvidia", "cublas", "cufft", "curand", "cusparse", "cusolver", "cudnn"]
            .iter()
            .any(|part| word.contains(part))
    };
    let is_hip = |word: &str| names_hip(word, &context.guards.extra) && !names_cuda(word);
    branches::settled_by_bodies(file, &is_hip, &names_cuda, &|word| is_of_toolkit(word, context))
}

/// The same for a file that is for HIP already: branches about CUDA are settled too.
pub(crate) fn settled_for_both(file: &dyn Branches, context: &Context) -> Vec<bool> {
    // A conversion writes conditions on the variables of CMake's HIP support too.
    let is_choice = |word: &str| {
        let name = bare_name(word);
        let is_written = name.starts_with("CMAKE_HIP_") || name.starts_with("hip_");
        names_hip(word, &context.guards.extra) && (!is_written || name.ends_with("_FOUND"))
    };
    branches::settled(file, &|word| is_choice(word) || is_choice_of_cuda(word, context))
}

/// Whether `word` is a name with which the project chooses CUDA: `USE_CUDA`, and no result of CMake's search for CUDA.
fn is_choice_of_cuda(word: &str, context: &Context) -> bool {
    let word = bare_name(word);
    let is_toolkit = is_of_toolkit(word, context);
    // A conversion leaves targets without a counterpart, and lists of architectures, whatever their names.
    let is_left = context.rules.word(Kind::CmakeTarget, word).is_some_and(|row| row.spellings.is_empty())
        || word.split('_').any(|part| matches!(part, "ARCH" | "ARCHS" | "ARCHITECTURE" | "ARCHITECTURES"));
    let word = word.to_ascii_lowercase();
    // A name that begins with CUDA is a result of the build file's own search, unless it ends like an option:
    // `CUDA_6_0`, `CUDA_gpu_detect_output`.
    let ends = ["_found", "_enabled", "_enable", "_support", "_backend", "_build"];
    let is_result = word.starts_with("cuda_") && !ends.iter().any(|end| word.ends_with(end));
    // A path is no choice: `${ROOT}/${CUDA_VERSION}/lib`.
    let is_path = word.contains(['/', '$', '{', '}']);
    !is_toolkit
        && !is_left
        && !is_path
        && !is_result
        && ["cuda", "nvcc", "nvidia"].iter().any(|part| word.contains(part))
}

/// Whether `word` is a target or variable of CMake's CUDA support that does not show whether CUDA was found.
fn is_of_toolkit(word: &str, context: &Context) -> bool {
    let name = bare_name(word);
    if name.starts_with("CUDA::") || name.starts_with("CUDAToolkit::") {
        return true;
    }
    !name.ends_with("_FOUND")
        && (name.starts_with("CMAKE_CUDA_")
            || name.starts_with("CUDAToolkit_")
            || context.rules.word(Kind::CmakeVariable, name).is_some())
}

/// The name of a variable without the characters of its use: `${NAME}`, `$ENV{NAME}`.
fn bare_name(word: &str) -> &str {
    word.rsplit('{').next().unwrap_or(word).trim_end_matches('}')
}

/// Whether a word names HIP or ROCm: `USE_HIP`, `hip_FOUND`, `rocm`, or one of the project's `guards`.
fn names_hip(word: &str, guards: &[String]) -> bool {
    let names = word.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    // CMake's list of architectures shows no choice of a vendor: a conversion writes conditions with it.
    names.filter(|name| *name != "CMAKE_HIP_ARCHITECTURES").any(|name| {
        let mut parts = name.split('_').map(str::to_ascii_lowercase);
        guards.iter().any(|guard| guard == name)
            || parts.any(|part| matches!(&*part, "hip" | "rocm" | "hipcc" | "amdgpu"))
    })
}

#[cfg(test)]
mod tests {
    use super::names_hip;

    #[test]
    fn words_that_name_hip() {
        let check = |word: &str, expected| {
            assert_eq!(names_hip(word, &["ON_AMD".to_owned()]), expected, "{word}");
        };
        check("USE_HIP", true);
        check("${hip_FOUND}", true);
        check("rocm", true);
        check("/opt/rocm/bin/hipcc", true);
        check("ON_AMD", true);
        check("CMAKE_HIP_COMPILER", true);
        check("CMAKE_HIP_ARCHITECTURES", false);
        check("$(ON_AMD)", true);
        check("chip", false);
        check("NOT_ON_AMD", false);
        check("CUDA", false);
    }
}
