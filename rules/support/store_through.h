/// Stores a value, as `__stcg` and `__stwb` do. These differ only in the caches that they use.
template <typename Type>
inline __device__ void store_through(Type *to, decltype(Type()) value) {
    *to = value;
}
