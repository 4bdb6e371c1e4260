/// The threads of a block, the first argument of `__launch_bounds__`.
constexpr int bound_threads(int threads, int = 0, int = 0) {
    return threads;
}
