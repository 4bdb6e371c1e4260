/// The vectors of bytes that the matrix unit multiplies, and whether the bytes of the two operands are signed.
/// Sources: BuiltinsAMDGPU.def of LLVM 19, and the tests of its builtins.
template <bool IsFirstSigned, bool IsSecondSigned>
struct unit_bytes {
    typedef int number;
#if defined(__gfx942__) || defined(__gfx950__)
    static constexpr int words = 2;
    typedef int sums __attribute__((ext_vector_type(4)));
    static __device__ sums product(const unsigned *a, const unsigned *b) {
        long first, second;
        __builtin_memcpy(&first, a, sizeof(long));
        __builtin_memcpy(&second, b, sizeof(long));
        // The instruction has only signed bytes. The bytes 0x80 are -128. An unsigned byte u with its upper bit inverted is
        // u - 128. So the products of u are those of u - 128 minus those of -128.
        const long lowest = static_cast<long>(0x8080808080808080ull);
        if (!IsFirstSigned) first ^= lowest;
        if (!IsSecondSigned) second ^= lowest;
        sums missing = {};
        if (!IsFirstSigned) missing = __builtin_amdgcn_mfma_i32_16x16x32_i8(lowest, second, missing, 0, 0, 0);
        if (!IsSecondSigned) missing = __builtin_amdgcn_mfma_i32_16x16x32_i8(first, lowest, missing, 0, 0, 0);
        const sums all = __builtin_amdgcn_mfma_i32_16x16x32_i8(first, second, sums{}, 0, 0, 0) - missing;
        return IsFirstSigned || IsSecondSigned ? all : all + 32 * 128 * 128;
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
            all = __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32(IsFirstSigned, first, IsSecondSigned, second, all, false);
#else
            all = __builtin_amdgcn_wmma_i32_16x16x16_iu8_w32_gfx12(IsFirstSigned, first, IsSecondSigned, second, all, false);
#endif
        }
        return all;
    }
#endif
};
