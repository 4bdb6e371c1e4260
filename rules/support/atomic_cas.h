/// Puts `value` in place of `*address` if that is `expected`, with an order and a scope; gives what was there.
template <int Order, int Scope, typename Type>
inline __device__ Type atomic_cas(Type *address, Type expected, Type value) {
    const int failure = Order == __ATOMIC_RELEASE ? __ATOMIC_RELAXED : Order == __ATOMIC_ACQ_REL ? __ATOMIC_ACQUIRE : Order;
    __hip_atomic_compare_exchange_strong(address, &expected, value, Order, failure, Scope);
    return expected;
}
