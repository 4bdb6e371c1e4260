//! include: type_traits
/// The smaller one of two numbers, with the types of CUDA's `min`.
inline __host__ __device__ float min_of(float a, float b) { return __builtin_fminf(a, b); }
inline __host__ __device__ double min_of(double a, double b) { return __builtin_fmin(a, b); }
inline __host__ __device__ double min_of(float a, double b) { return __builtin_fmin(a, b); }
inline __host__ __device__ double min_of(double a, float b) { return __builtin_fmin(a, b); }

template <typename First, typename Second>
inline __host__ __device__
    typename std::enable_if<std::is_arithmetic<First>::value && std::is_arithmetic<Second>::value,
                            decltype(First() + Second())>::type
    min_of(First a, Second b) {
    const decltype(First() + Second()) first = a, second = b;
    return second < first ? second : first;
}

/// Other types have a function of their own.
template <typename First, typename Second>
inline __host__ __device__ auto min_of(const First &a, const Second &b) ->
    typename std::enable_if<!std::is_arithmetic<First>::value || !std::is_arithmetic<Second>::value,
                            decltype(min(a, b))>::type {
    return min(a, b);
}
