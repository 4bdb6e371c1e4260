/// The number `waves`, at least 1 and not over `most`.
constexpr int waves_within(int waves, int most) { return waves < 1 ? 1 : waves > most ? most : waves; }
/// The waves of `wave` lanes of `blocks` blocks of `threads` threads, on each of the four SIMD units of a compute unit.
constexpr int waves_of_blocks(int threads, int blocks, int wave) { return (blocks * ((threads + wave - 1) / wave) + 3) / 4; }
/// The waves that each SIMD unit holds if `blocks` blocks of `threads` threads are on one compute unit. HIP's
/// `__launch_bounds__` has this number where CUDA's has the blocks.
constexpr int waves_per_eu(int threads, int blocks) {
#if defined(__GFX9__)
    return waves_within(waves_of_blocks(threads, blocks, 64), 8);
#else
    return waves_within(waves_of_blocks(threads, blocks, 32), 16);
#endif
}
