//! A conversion of converted files changes nothing, also where the first conversion changes what a condition or a definition of
//! another file means.

use tranship_engine::{Options, Source, output_name, translate_files};

/// The files after a conversion.
fn converted(files: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
    let given: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let translations = translate_files(&given, &Options::default());
    let output = |(path, bytes): &(String, Vec<u8>), translation: &tranship_engine::Translation| {
        let source = Source::new(path, bytes.as_slice());
        let name = output_name(source.path.as_path(), false).to_string_lossy().into_owned();
        (name, translation.output(&source).into_owned())
    };
    files.iter().zip(&translations).map(|(file, translation)| output(file, translation)).collect()
}

/// Asserts that a second conversion of `files` changes nothing, and returns the first converted file.
#[track_caller]
fn is_stable(files: &[(&str, &str)]) -> String {
    let files: Vec<_> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    let once = converted(&files);
    let twice = converted(&once);
    for ((path, once), (_, twice)) in once.iter().zip(&twice) {
        assert_eq!(String::from_utf8_lossy(once), String::from_utf8_lossy(twice), "{path}");
    }
    String::from_utf8_lossy(&once[0].1).into_owned()
}

#[test]
fn a_macro_of_a_branch_for_old_releases_is_not_the_project_s() {
    let text = is_stable(&[
        ("use.cpp", "#include \"share.h\"\nbool f(int type) { return type == CU_MEM_HANDLE_TYPE_FABRIC; }\n"),
        (
            "share.h",
            "#include <cuda.h>\n#if CUDA_VERSION < 12030\n\
             #define CU_MEM_HANDLE_TYPE_FABRIC ((CUmemAllocationHandleType)0x8ULL)\n#endif\n\
             inline CUstream none() { return nullptr; }\n",
        ),
    ]);
    assert!(text.contains("type == hipMemHandleTypeFabric"), "{text}");
}

#[test]
fn code_that_is_not_compiled_at_run_time_is_compiled_for_hip() {
    let text = is_stable(&[(
        "map.hpp",
        "#include <cuda_runtime.h>\n#if (__CUDACC_VER_MAJOR__ >= 12)\n#if !defined(__CUDACC_RTC__)\n\
         inline CUtensorMapDataType type() { return CU_TENSOR_MAP_DATA_TYPE_UINT8; }\n#endif\n#endif\n",
    )]);
    assert!(text.contains("#if (__CUDACC_VER_MAJOR__ >= 12)\n#if !defined(__HIPCC_RTC__)\n"), "{text}");
}

#[test]
fn a_build_script_that_defines_a_macro_of_hip_s_compiler_changes_no_condition() {
    let text = is_stable(&[
        (
            "sum.cuh",
            "#include <cuda_fp16.h>\ninline __device__ void operator+=(float2 &a, const float2 &b) {\n    \
             a.x += b.x;\n    a.y += b.y;\n}\n#if __CUDA_ARCH__ >= 800\nint f(cudaStream_t);\n#endif\n",
        ),
        (
            "setup.py",
            "import torch\nfrom torch.utils.cpp_extension import CUDAExtension\nargs = ['-O3']\n\
             if torch.version.hip is not None:\n    args.append('-D__HIP_PLATFORM_AMD__=1')\n",
        ),
    ]);
    assert_eq!(text.matches("#if !defined(__HIP_PLATFORM_AMD__)").count(), 1, "{text}");
}
