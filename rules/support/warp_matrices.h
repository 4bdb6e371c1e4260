//! needs: shfl_sync
//! include: hip/hip_fp16.h
/// Fragments of matrices like `nvcuda::wmma`, with ordinary instructions. The element with the number `e` of lane `l` is the
/// element `32 e + l` of the matrix, counted by rows.
namespace warp_matrices {
namespace wmma {

struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
enum layout_t { mem_row_major, mem_col_major };
namespace precision {
struct tf32 {};
}

/// The type that a fragment stores, the type of the sums, and the number of an element.
template <typename T, int Size = sizeof(T)>
struct element {
    using stored = T;
    using sum = int;
    static __device__ int number(T value) { return (int)value; }
    static __device__ T rounded(int value) { return value; }
};
template <typename T>
struct element<T, 2> {
    using stored = T;
    using sum = float;
    /// All types of two bytes except `__half` are bfloat16.
    static __device__ float number(T value) {
        unsigned short bits;
        __builtin_memcpy(&bits, &value, 2);
        return __uint_as_float((unsigned)bits << 16);
    }
};
template <>
struct element<__half, 2> {
    using stored = __half;
    using sum = float;
    static __device__ float number(__half value) { return __half2float(value); }
    static __device__ __half rounded(float value) { return __float2half_rn(value); }
};
template <>
struct element<float, 4> {
    using stored = float;
    using sum = float;
    static __device__ float number(float value) { return value; }
    static __device__ float rounded(float value) { return value; }
};
template <int Size>
struct element<precision::tf32, Size> {
    using stored = float;
    using sum = float;
    static __device__ float number(float value) { return __uint_as_float(__float_as_uint(value) & 0xffffe000u); }
};
template <>
struct element<double, 8> {
    using stored = double;
    using sum = double;
    static __device__ double number(double value) { return value; }
    static __device__ double rounded(double value) { return value; }
};

/// `value` rounded to the precision of `tf32`, ties away from zero.
inline __device__ float __float_to_tf32(float value) {
    const unsigned bits = __float_as_uint(value);
    return (bits & 0x7f800000u) == 0x7f800000u ? value : __uint_as_float((bits + 0x1000u) & 0xffffe000u);
}

template <typename T, int Rows, int Columns>
struct part_of_matrix {
    static_assert((Columns == 4 || Columns == 8 || Columns == 16 || Columns == 32) && Rows * Columns % 32 == 0, "a shape of wmma");
    static constexpr int num_elements = Rows * Columns / 32;
    using storage_element_type = typename element<T>::stored;
    using element_type = T;
    storage_element_type x[num_elements];
    static __device__ int row(int at) { return (32 * at + (int)(__lane_id() & 31u)) / Columns; }
    static __device__ int column(int at) { return (32 * at + (int)(__lane_id() & 31u)) % Columns; }
};

template <typename Use, int M, int N, int K, typename T, typename Layout = void>
struct fragment;
template <int M, int N, int K, typename T, typename Layout>
struct fragment<matrix_a, M, N, K, T, Layout> : part_of_matrix<T, M, K> {};
template <int M, int N, int K, typename T, typename Layout>
struct fragment<matrix_b, M, N, K, T, Layout> : part_of_matrix<T, K, N> {};
template <int M, int N, int K, typename T>
struct fragment<accumulator, M, N, K, T, void> : part_of_matrix<T, M, N> {};

template <typename Use, int M, int N, int K, typename T, typename Layout, typename Value>
inline __device__ void fill_fragment(fragment<Use, M, N, K, T, Layout> &to, const Value &value) {
    for (auto &one : to.x) one = value;
}

template <typename Use, int M, int N, int K, typename T>
inline __device__ void load_matrix_sync(fragment<Use, M, N, K, T, row_major> &to, const typename element<T>::stored *from, unsigned stride) {
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) to.x[at] = from[(unsigned long long)to.row(at) * stride + to.column(at)];
}
template <typename Use, int M, int N, int K, typename T>
inline __device__ void load_matrix_sync(fragment<Use, M, N, K, T, col_major> &to, const typename element<T>::stored *from, unsigned stride) {
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) to.x[at] = from[(unsigned long long)to.column(at) * stride + to.row(at)];
}
template <int M, int N, int K, typename T>
inline __device__ void load_matrix_sync(fragment<accumulator, M, N, K, T> &to, const T *from, unsigned stride, layout_t layout) {
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) {
        const unsigned row = to.row(at), column = to.column(at);
        to.x[at] = from[layout == mem_row_major ? (unsigned long long)row * stride + column : (unsigned long long)column * stride + row];
    }
}
template <int M, int N, int K, typename T>
inline __device__ void store_matrix_sync(T *to, const fragment<accumulator, M, N, K, T> &from, unsigned stride, layout_t layout) {
#pragma unroll
    for (int at = 0; at < from.num_elements; ++at) {
        const unsigned row = from.row(at), column = from.column(at);
        to[layout == mem_row_major ? (unsigned long long)row * stride + column : (unsigned long long)column * stride + row] = from.x[at];
    }
}

inline __device__ float multiply_add(float a, float b, float sum) { return fmaf(a, b, sum); }
inline __device__ double multiply_add(double a, double b, double sum) { return fma(a, b, sum); }
inline __device__ int multiply_add(int a, int b, int sum) { return (int)((unsigned)sum + (unsigned)(a * b)); }

/// D = A B + C. Products are added in the order of the columns of A.
template <int M, int N, int K, typename T, typename LayoutA, typename LayoutB, typename D, typename C>
inline __device__ void mma_sync(fragment<accumulator, M, N, K, D> &d, const fragment<matrix_a, M, N, K, T, LayoutA> &a,
                                const fragment<matrix_b, M, N, K, T, LayoutB> &b, const fragment<accumulator, M, N, K, C> &c) {
    const int lane = __lane_id() & 31u;
    // A lane needs one row of A for each of its elements, and one column of B for all of them.
    constexpr int REGISTERS = K / N > 1 ? K / N : 1;
    typename element<T>::sum sums[c.num_elements];
#pragma unroll
    for (int at = 0; at < c.num_elements; ++at) sums[at] = element<C>::number(c.x[at]);
#pragma unroll
    for (int k = 0; k < K; ++k) {
        const auto right = shfl_sync(0xffffffffu, b.x[k * N / 32], k * N % 32 + lane % N);
#pragma unroll
        for (int at = 0; at < c.num_elements; ++at) {
            const int from = c.row(at) * K + k, first = at * K / N;
            auto left = shfl_sync(0xffffffffu, a.x[first], from % 32);
#pragma unroll
            for (int other = 1; other < REGISTERS; ++other) {
                const auto value = shfl_sync(0xffffffffu, a.x[first + other], from % 32);
                if (from / 32 == first + other) left = value;
            }
            sums[at] = multiply_add(element<T>::number(left), element<T>::number(right), sums[at]);
        }
    }
    fragment<accumulator, M, N, K, D> result;
#pragma unroll
    for (int at = 0; at < c.num_elements; ++at) result.x[at] = element<D>::rounded(sums[at]);
    d = result;
}

}
}
