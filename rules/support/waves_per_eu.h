/// The waves that each SIMD unit holds if `blocks` blocks of `threads` threads are on one compute unit. HIP's
/// `__launch_bounds__` has this number where CUDA's has the blocks.
constexpr int waves_per_eu(int threads, int blocks) {
#if defined(__GFX9__)
    const int wave = 64, most = 8;
#else
    const int wave = 32, most = 16;
#endif
    const int waves = (blocks * ((threads + wave - 1) / wave) + 3) / 4;
    return waves < 1 ? 1 : waves > most ? most : waves;
}
