/// The vectors of signed bytes that the matrix unit multiplies.
/// Sources: BuiltinsAMDGPU.def of LLVM 19, and the tests of its builtins.
struct unit_bytes {
    typedef int number;
#if defined(__gfx942__) || defined(__gfx950__)
    static constexpr int words = 2;
    typedef int sums __attribute__((ext_vector_type(4)));
    static __device__ sums product(const unsigned *a, const unsigned *b) {
        long first, second;
        __builtin_memcpy(&first, a, sizeof(long));
        __builtin_memcpy(&second, b, sizeof(long));
        return __builtin_amdgcn_mfma_i32_16x16x32_i8(first, second, sums{}, 0, 0, 0);
    }
#elif defined(__GFX11__) || defined(__gfx1200__) || defined(__gfx1201__)
    // An instruction has a depth of 16, so there are two.
#if defined(__GFX11__)
    static constexpr int words = 8;
#else
    static constexpr int words = 4;
#endif
    typedef int sums __attribute__((ext_vector_type(8)));
    typedef int half_depth __attribute__((ext_vector_type(words / 2)));
    static __device__ sums product(const unsigned *a, const unsigned *b) {
        sums all = {};
#pragma unroll
        for (int step = 0; step < 2; ++step) {
            half_depth first, second;
            __builtin_memcpy(&first, a + step * words / 2, sizeof(half_depth));
            __builtin_memcpy(&second, b + step * words / 2, sizeof(half_depth));
#if defined(__GFX11__)
            all = __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32(true, first, true, second, all, false);
#else
            all = __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32_gfx12(true, first, true, second, all, false);
#endif
        }
        return all;
    }
#endif
};
