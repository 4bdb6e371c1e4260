/// Loads a value, as `__ldcg` and `__ldca` do. These differ only in the caches that they use.
template <typename Type>
inline __device__ Type load_through(const Type *from) {
    return *from;
}
