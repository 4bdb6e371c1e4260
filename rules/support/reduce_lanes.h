//! needs: ballot
/// The result of `op` over the `value`s of the lanes of `mask`, in the order of the lanes.
template <typename Type, typename Op>
inline __device__ Type reduce_lanes(unsigned mask, Type value, Op op) {
    unsigned rest = ballot(1) & mask;
    Type result = __shfl(value, __ffs(static_cast<int>(rest)) - 1, 32);
    for (rest &= rest - 1; rest != 0; rest &= rest - 1) {
        result = op(result, __shfl(value, __ffs(static_cast<int>(rest)) - 1, 32));
    }
    return result;
}
