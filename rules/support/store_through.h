/// Stores a value, as `__stcg` and `__stwb` do. These differ only in the caches that they use.
template <typename T>
inline __device__ void store_through(T *to, decltype(T()) value) {
    *to = value;
}
