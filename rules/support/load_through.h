/// Loads a value, as `__ldcg` and `__ldca` do. These differ only in the caches that they use.
template <typename T>
inline __device__ T load_through(const T *from) {
    return *from;
}
