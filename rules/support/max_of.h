//! include: type_traits
/// The larger one of two numbers, with the types of CUDA's `max`.
inline __host__ __device__ float max_of(float a, float b) { return __builtin_fmaxf(a, b); }
inline __host__ __device__ double max_of(double a, double b) { return __builtin_fmax(a, b); }
inline __host__ __device__ double max_of(float a, double b) { return __builtin_fmax(a, b); }
inline __host__ __device__ double max_of(double a, float b) { return __builtin_fmax(a, b); }

template <typename A, typename B>
inline __host__ __device__
    typename std::enable_if<std::is_arithmetic<A>::value && std::is_arithmetic<B>::value,
                            decltype(A() + B())>::type
    max_of(A a, B b) {
    const decltype(A() + B()) first = a, second = b;
    return first < second ? second : first;
}

/// Other types have a function of their own.
template <typename A, typename B>
inline __host__ __device__ auto max_of(const A &a, const B &b) ->
    typename std::enable_if<!std::is_arithmetic<A>::value || !std::is_arithmetic<B>::value,
                            decltype(max(a, b))>::type {
    return max(a, b);
}
