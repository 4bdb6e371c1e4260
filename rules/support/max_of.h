//! include: type_traits
/// The larger one of two numbers, with the types of CUDA's `max`.
inline __host__ __device__ float max_of(float a, float b) { return __builtin_fmaxf(a, b); }
inline __host__ __device__ double max_of(double a, double b) { return __builtin_fmax(a, b); }
inline __host__ __device__ double max_of(float a, double b) { return __builtin_fmax(a, b); }
inline __host__ __device__ double max_of(double a, float b) { return __builtin_fmax(a, b); }

template <typename First, typename Second>
inline __host__ __device__
    typename std::enable_if<std::is_arithmetic<First>::value && std::is_arithmetic<Second>::value,
                            decltype(First() + Second())>::type
    max_of(First a, Second b) {
    const decltype(First() + Second()) first = a, second = b;
    return first < second ? second : first;
}

/// Other types have a function of their own.
template <typename First, typename Second>
inline __host__ __device__ auto max_of(const First &a, const Second &b) ->
    typename std::enable_if<!std::is_arithmetic<First>::value || !std::is_arithmetic<Second>::value,
                            decltype(max(a, b))>::type {
    return max(a, b);
}
