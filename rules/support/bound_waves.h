//! needs: waves_per_eu
/// The waves that each SIMD unit holds at least, from the arguments of CUDA's `__launch_bounds__`.
constexpr int bound_waves(int threads, int blocks = 0, int = 0) {
    return blocks > 0 ? waves_per_eu(threads, blocks) : 1;
}
