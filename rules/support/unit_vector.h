/// The vectors that the matrix unit multiplies: of half precision, or of bfloat16.
/// Sources: BuiltinsAMDGPU.def of LLVM 19, and the tests of its builtins.
template <bool IsHalf>
struct unit_vector {
    typedef float number;
#if defined(__gfx942__) || defined(__gfx950__)
    static constexpr int words = 2, results = 4;
#elif defined(__GFX11__)
    static constexpr int words = 8, results = 8;
#else
    static constexpr int words = 4, results = 8;
#endif
#if defined(__gfx942__) || defined(__gfx950__) || defined(__GFX11__) || defined(__gfx1200__) || defined(__gfx1201__)
    typedef _Float16 halves __attribute__((ext_vector_type(2 * words)));
    typedef short bfloats __attribute__((ext_vector_type(2 * words)));
    typedef float sums __attribute__((ext_vector_type(results)));
#if defined(__gfx942__) || defined(__gfx950__)
    static __device__ sums multiplied(halves a, halves b) { return __builtin_amdgcn_mfma_f32_16x16x16f16(a, b, sums{}, 0, 0, 0); }
    static __device__ sums multiplied(bfloats a, bfloats b) { return __builtin_amdgcn_mfma_f32_16x16x16bf16_1k(a, b, sums{}, 0, 0, 0); }
#elif defined(__GFX11__)
    static __device__ sums multiplied(halves a, halves b) { return __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(a, b, sums{}); }
    static __device__ sums multiplied(bfloats a, bfloats b) { return __builtin_amdgcn_wmma_f32_16x16x16_bf16_w32(a, b, sums{}); }
#else
    static __device__ sums multiplied(halves a, halves b) { return __builtin_amdgcn_wmma_f32_16x16x16_f16_w32_gfx12(a, b, sums{}); }
    static __device__ sums multiplied(bfloats a, bfloats b) { return __builtin_amdgcn_wmma_f32_16x16x16_bf16_w32_gfx12(a, b, sums{}); }
#endif
    static __device__ sums product(const unsigned *a, const unsigned *b) {
        if (IsHalf) return of<halves>(a, b);
        return of<bfloats>(a, b);
    }
    template <typename Vector>
    static __device__ sums of(const unsigned *a, const unsigned *b) {
        Vector first, second;
        __builtin_memcpy(&first, a, sizeof(Vector));
        __builtin_memcpy(&second, b, sizeof(Vector));
        return multiplied(first, second);
    }
#endif
};
