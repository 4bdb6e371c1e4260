/// The product of `a` and `b` plus `sum`, rounded once.
inline __device__ float multiply_add(float a, float b, float sum) { return fmaf(a, b, sum); }
inline __device__ double multiply_add(double a, double b, double sum) { return fma(a, b, sum); }
inline __device__ long long multiply_add(int a, int b, long long sum) { return sum + a * b; }

/// The products of the elements in a register of the matrix A and in a register of the matrix B.
template <typename A, typename B>
struct products {
    /// `sum` plus the products, added in order.
    template <typename T>
    static __device__ T added(T sum, typename A::word a, typename B::word b) {
        constexpr int Elements = 8 * sizeof(a) / A::bits;
#pragma unroll
        for (int at = 0; at < Elements; ++at) sum = multiply_add(A::value(a, at), B::value(b, at), sum);
        return sum;
    }
};
