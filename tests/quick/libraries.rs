//! `--libraries roc` decides for each library and for the whole project.

use tranship_engine::pass::Context;
use tranship_engine::{Libraries, Options, Rules, Source, translate_files};
use tranship_rules::Release;

/// The texts of `files` after a conversion with `--libraries roc`, and the rules found in each file.
fn converted(files: &[(&str, &str)], rules: Rules) -> Vec<(String, Vec<&'static str>)> {
    let bytes: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let mut options = Options::new(rules);
    options.libraries = Libraries::Roc;
    let translations = translate_files(&bytes, &options);
    let text = |((path, text), translation): (&(&str, &str), &tranship_engine::Translation)| {
        let output = translation.output(&Source::new(*path, *text)).into_owned();
        let rules = translation.findings.iter().map(|finding| finding.rule).collect();
        (String::from_utf8_lossy(&output).into_owned(), rules)
    };
    files.iter().zip(&translations).map(text).collect()
}

const SCALE: &str = "#include <cublas_v2.h>\nvoid f(cublasHandle_t h) { cublasDestroy(h); }\n";
const KEPT: &str =
    "#include <cublas_v2.h>\nvoid g(cublasHandle_t h) { cublasSetMathMode(h, CUBLAS_TENSOR_OP_MATH); }\n";

#[test]
fn one_file_decides_for_all() {
    let alone = converted(&[("a.cpp", SCALE)], Rules::builtin());
    assert_eq!(
        alone[0].0,
        "#include <rocblas/rocblas.h>\nvoid f(rocblas_handle h) { rocblas_destroy_handle(h); }\n"
    );
    let both = converted(&[("a.cpp", SCALE), ("b.cpp", KEPT)], Rules::builtin());
    assert_eq!(both[0].0, "#include <hipblas/hipblas.h>\nvoid f(hipblasHandle_t h) { hipblasDestroy(h); }\n");
    assert!(!both[0].1.contains(&"hip-library-kept"), "{:?}", both[0].1);
    assert!(both[1].1.contains(&"hip-library-kept"), "{:?}", both[1].1);
}

#[test]
fn libraries_are_decided_apart() {
    let random = "#include <curand.h>\nvoid r(curandGenerator_t g) { curandDestroyGenerator(g); }\n";
    let all = converted(&[("b.cpp", KEPT), ("r.cpp", random)], Rules::builtin());
    assert!(all[0].0.contains("hipblasSetMathMode"), "{}", all[0].0);
    assert!(all[1].0.contains("rocrand_destroy_generator"), "{}", all[1].0);
}

#[test]
fn code_that_uses_the_hip_library_already_decides() {
    let hip = "#include <hipblas/hipblas.h>\nvoid g(hipblasHandle_t h);\n";
    let all = converted(&[("a.cpp", SCALE), ("b.cpp", hip)], Rules::builtin());
    assert!(all[0].0.contains("hipblasDestroy"), "{}", all[0].0);
    // cuBLASLt has types of cuBLAS.
    let light = "#include <cublasLt.h>\nvoid l(cublasLtHandle_t h) { cublasLtDestroy(h); }\n";
    let all = converted(&[("a.cpp", SCALE), ("l.cpp", light)], Rules::builtin());
    assert!(all[0].0.contains("hipblasDestroy"), "{}", all[0].0);
    assert!(all[0].1.contains(&"hip-library-kept"), "{:?}", all[0].1);
}

#[test]
fn a_function_of_the_support_header_is_no_counterpart_in_c() {
    let code = "#include <cusolverDn.h>\nint f(cusolverDnHandle_t h, float *a, int *i) {\n\
        return cusolverDnSpotrf(h, CUBLAS_FILL_MODE_UPPER, 4, a, 4, a, 4, i);\n}\n";
    let plus = converted(&[("f.cpp", code)], Rules::builtin());
    assert!(plus[0].0.contains("tranship::solver_potrf(h, rocblas_fill_upper"), "{}", plus[0].0);
    let plain = converted(&[("f.c", code)], Rules::builtin());
    assert!(plain[0].0.contains("hipsolverDnSpotrf(h, HIPBLAS_FILL_MODE_UPPER"), "{}", plain[0].0);
    assert!(plain[0].1.contains(&"hip-library-kept"), "{:?}", plain[0].1);
}

#[test]
fn libraries_that_share_types_are_chosen_together() {
    let solver = "#include <cusolverDn.h>\nvoid f(cusolverDnHandle_t h) { cusolverDnDestroy(h); }\n";
    let all = converted(&[("a.cpp", SCALE), ("s.cpp", solver)], Rules::builtin());
    assert!(all[0].0.contains("rocblas_destroy_handle(h)"), "{}", all[0].0);
    assert!(all[1].0.contains("rocblas_destroy_handle(h)"), "{}", all[1].0);
    // cuBLAS stays for one of its own names, so cuSOLVER stays as well.
    let all = converted(&[("b.cpp", KEPT), ("s.cpp", solver)], Rules::builtin());
    assert!(all[1].0.contains("hipsolverDnDestroy(h)"), "{}", all[1].0);
    assert!(all[1].1.contains(&"hip-library-kept"), "{:?}", all[1].1);
}

#[test]
fn a_branch_that_hip_never_compiles_does_not_decide() {
    let guarded = format!("#ifdef __HIP_PLATFORM_AMD__\n#include <rocblas/rocblas.h>\n#else\n{KEPT}#endif\n");
    let all = converted(&[("a.cpp", SCALE), ("b.cpp", &guarded)], Rules::builtin());
    assert!(all[0].0.contains("rocblas_destroy_handle"), "{}", all[0].0);
    assert_eq!(all[1].0, guarded);
}

#[test]
fn a_row_of_the_user_is_a_counterpart() {
    let mut rules = Rules::builtin();
    let table = "[values]\nCUBLAS_TENSOR_OP_MATH = \"rocblas_xf32_xdl_math_op\"\n";
    rules.extend_from_toml("own.toml", table).expect("a valid table");
    let all = converted(&[("b.cpp", KEPT)], rules);
    assert!(all[0].0.contains("rocblas_set_math_mode(h, rocblas_xf32_xdl_math_op)"), "{}", all[0].0);
}

#[test]
fn without_the_option_nothing_changes() {
    let mut context = Context::new(Rules::builtin());
    let before = context.rules.fingerprint();
    context.choose_libraries();
    assert_eq!(context.rules.fingerprint(), before);
    assert!(context.rules.chosen_roc().is_empty() && context.staying.is_empty());
}

/// A name with a row for a roc library has a row for the hip library too, of the same kind and library.
#[test]
fn each_roc_name_is_a_name_of_its_cuda_library() {
    let rules = Rules::builtin();
    let mut count = 0;
    for library in rules.roc_libraries() {
        assert!(rules.libraries().iter().any(|known| known.key == library.key), "{}", library.title);
        assert!(!library.source.is_empty(), "{}", library.title);
        for name in library.names {
            let row = rules.name(name.cuda.as_bytes()).expect(name.cuda);
            assert_eq!((row.kind, row.library), (name.kind, library.key), "{}", name.cuda);
            count += 1;
        }
        for word in library.words {
            assert!(rules.word(word.kind, word.cuda).is_some(), "{}", word.cuda);
        }
        for header in library.headers {
            assert!(rules.header(header.cuda.as_bytes()).is_some(), "{}", header.cuda);
        }
    }
    assert!(count > 900, "only {count} names");
}

const PRODUCT: &str = "#include <cublas_v2.h>\nvoid f(cublasHandle_t h, const void *p, void *c, int n, cudaDataType_t t) {\n\
    cublasGemmEx(h, CUBLAS_OP_N, CUBLAS_OP_N, n, n, n, p, p, CUDA_R_16F, n, p, CUDA_R_16F, n, p, c, CUDA_R_16F, n, CUDA_R_32F, CUBLAS_GEMM_DEFAULT);\n}\n";

#[test]
fn the_pedantic_mode_of_another_file_keeps_the_type_of_data() {
    let mode =
        "#include <cublas_v2.h>\nvoid g(cublasHandle_t h) { cublasSetMathMode(h, CUBLAS_PEDANTIC_MATH); }\n";
    let of = |files: &[(&str, &str)]| {
        let bytes: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
        let all = translate_files(&bytes, &Options::new(Rules::builtin()));
        String::from_utf8_lossy(&all[0].output(&Source::new(files[0].0, files[0].1))).into_owned()
    };
    assert!(of(&[("a.cpp", PRODUCT)]).contains("n, HIPBLAS_COMPUTE_32F, HIPBLAS_GEMM_DEFAULT"));
    assert!(of(&[("a.cpp", PRODUCT), ("b.cpp", mode)]).contains("n, HIP_R_32F, HIPBLAS_GEMM_DEFAULT"));
}

#[test]
fn products_have_the_types_of_hipblas_before_its_second_version() {
    let mut options = Options::new(Rules::builtin());
    options.target.rocm = Release::new(5, 7);
    let output = |code: &str| {
        let all = translate_files(&[("a.cpp", code.as_bytes())], &options);
        let rules: Vec<_> = all[0].findings.iter().map(|finding| finding.rule).collect();
        (String::from_utf8_lossy(&all[0].output(&Source::new("a.cpp", code))).into_owned(), rules)
    };
    let types = "n, p, HIPBLAS_R_16F, n, p, c, HIPBLAS_R_16F, n, HIPBLAS_R_32F, HIPBLAS_GEMM_DEFAULT";
    assert!(output(PRODUCT).0.contains(types), "{}", output(PRODUCT).0);
    let newer = PRODUCT.replace("CUDA_R_32F", "CUBLAS_COMPUTE_32F");
    assert!(output(&newer).0.contains(types), "{}", output(&newer).0);
    // A product of complex numbers has a complex compute type.
    let complex = newer.replace("CUDA_R_16F", "CUDA_C_32F");
    assert!(output(&complex).0.contains("HIPBLAS_C_32F, n, HIPBLAS_C_32F, HIPBLAS_GEMM_DEFAULT"));
    let fast = PRODUCT.replace("CUDA_R_32F", "CUBLAS_COMPUTE_32F_FAST_TF32");
    assert!(output(&fast).1.contains(&"compute-type"), "{:?}", output(&fast).1);
}
