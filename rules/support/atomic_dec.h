//! needs: atomic_cas
/// Subtracts 1 from `*address`, or puts `highest` there if it is 0 or more than `highest`, with an order and a scope; gives what was there.
template <int Order, int Scope>
inline __device__ unsigned atomic_dec(unsigned *address, unsigned highest) {
    unsigned known = __hip_atomic_load(address, __ATOMIC_RELAXED, Scope);
    bool is_done = false;
    while (!is_done) {
        const unsigned before = known;
        known = atomic_cas<Order, Scope>(address, before, known == 0u || known > highest ? highest : known - 1u);
        is_done = known == before;
    }
    return known;
}
