//! needs: ballot
/// The lanes of `mask` whose `value` has the same bits as the `value` of this lane.
template <typename Type>
inline __device__ unsigned match_any_sync(unsigned mask, Type value) {
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(Type));
    unsigned same = ballot(1) & mask;
    for (unsigned bit = 0; bit < 8 * sizeof(Type); ++bit) {
        const int set = bits >> bit & 1;
        const unsigned with = ballot(set);
        same &= set ? with : ~with;
    }
    return same;
}
