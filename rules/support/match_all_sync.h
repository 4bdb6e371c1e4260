//! needs: ballot match_any_sync
/// The active lanes of `mask` if all of them have the same `value`, else 0. `*same` is 1 in the first case, else 0.
template <typename Type>
inline __device__ unsigned match_all_sync(unsigned mask, Type value, int *same) {
    const unsigned lanes = ballot(1) & mask;
    *same = match_any_sync(mask, value) == lanes;
    return *same ? lanes : 0;
}
