//! needs: atomic_cas
/// Adds 1 to `*address`, or puts 0 there if it is `highest` or more, with an order and a scope; gives what was there.
template <int Order, int Scope>
inline __device__ unsigned atomic_inc(unsigned *address, unsigned highest) {
    unsigned known = __hip_atomic_load(address, __ATOMIC_RELAXED, Scope);
    bool is_done = false;
    while (!is_done) {
        const unsigned before = known;
        known = atomic_cas<Order, Scope>(address, before, known >= highest ? 0u : known + 1u);
        is_done = known == before;
    }
    return known;
}
