/// The product of `a` and `b` plus `sum`, rounded once.
inline __device__ float multiply_add(float a, float b, float sum) { return fmaf(a, b, sum); }
inline __device__ double multiply_add(double a, double b, double sum) { return fma(a, b, sum); }
inline __device__ long long multiply_add(int a, int b, long long sum) { return sum + a * b; }

/// The products of the elements in a register of the matrix A and in a register of the matrix B.
template <typename ElementA, typename ElementB>
struct products {
    /// `sum` plus the products, added in order.
    template <typename Type>
    static __device__ Type added(Type sum, typename ElementA::word a, typename ElementB::word b) {
        constexpr int Elements = 8 * sizeof(a) / ElementA::bits;
#pragma unroll
        for (int at = 0; at < Elements; ++at) sum = multiply_add(ElementA::value(a, at), ElementB::value(b, at), sum);
        return sum;
    }
};
