//! needs: registers mma mma_by_unit mma_bytes_by_unit f16_element bf16_element s8_element u8_element tf32_element f64_element f32_sum s32_sum f64_sum
//! include: hip/hip_fp16.h
/// Fragments of matrices like `nvcuda::wmma`. A product is made of products of 16 or 8 rows, 8 columns and the whole depth, whose
/// fragments are those of `mma.sync` in PTX.
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

/// For each type of elements: the type that a fragment stores, the number of rows of a part, and the product of two parts.
/// For types of sums: the number of an element. All types of two bytes except `__half` are bfloat16.
template <typename T, int Size = sizeof(T)>
struct element {
    using stored = T;
    using word = unsigned;
    using sum = float;
    static constexpr int rows = 16;
    static __device__ registers<float, 4> product(registers<unsigned, 4> a, registers<unsigned, 2> b, registers<float, 4> c) { return mma_by_unit<16, 16, bf16_element, f32_sum>(a, b, c); }
};
template <>
struct element<__half, 2> {
    using stored = __half;
    using word = unsigned;
    using sum = float;
    static constexpr int rows = 16;
    static __device__ registers<float, 4> product(registers<unsigned, 4> a, registers<unsigned, 2> b, registers<float, 4> c) { return mma_by_unit<16, 16, f16_element, f32_sum>(a, b, c); }
    static __device__ float number(__half value) { return __half2float(value); }
    static __device__ __half rounded(float value) { return __float2half_rn(value); }
};
template <>
struct element<signed char, 1> {
    using stored = signed char;
    using word = unsigned;
    using sum = int;
    static constexpr int rows = 16;
    static __device__ registers<int, 4> product(registers<unsigned, 2> a, registers<unsigned, 1> b, registers<int, 4> c) { return mma_bytes_by_unit<16, 16, s8_element, s8_element, s32_sum>(a, b, c); }
};
template <>
struct element<unsigned char, 1> {
    using stored = unsigned char;
    using word = unsigned;
    using sum = int;
    static constexpr int rows = 16;
    static __device__ registers<int, 4> product(registers<unsigned, 2> a, registers<unsigned, 1> b, registers<int, 4> c) { return mma_bytes_by_unit<16, 16, u8_element, u8_element, s32_sum>(a, b, c); }
};
template <int Size>
struct element<precision::tf32, Size> {
    using stored = float;
    using word = unsigned;
    using sum = float;
    static constexpr int rows = 16;
    static __device__ registers<float, 4> product(registers<unsigned, 4> a, registers<unsigned, 2> b, registers<float, 4> c) { return mma<16, 8, tf32_element, tf32_element, f32_sum>(a, b, c); }
};
template <>
struct element<double, 8> {
    using stored = double;
    using word = double;
    using sum = double;
    static constexpr int rows = 8;
    static __device__ registers<double, 2> product(registers<double, 1> a, registers<double, 1> b, registers<double, 2> c) { return mma<8, 4, f64_element, f64_element, f64_sum>(a, b, c); }
    static __device__ double number(double value) { return value; }
    static __device__ double rounded(double value) { return value; }
};
template <>
struct element<float, 4> {
    using stored = float;
    static __device__ float number(float value) { return value; }
    static __device__ float rounded(float value) { return value; }
};
template <>
struct element<int, 4> {
    using stored = int;
    static __device__ int number(int value) { return value; }
    static __device__ int rounded(int value) { return value; }
};

/// `value` rounded to the precision of `tf32`, ties away from zero.
inline __device__ float __float_to_tf32(float value) {
    const unsigned bits = __float_as_uint(value);
    return (bits & 0x7f800000u) == 0x7f800000u ? value : __uint_as_float((bits + 0x1000u) & 0xffffe000u);
}

template <typename T, int Count>
struct elements_of_lane {
    static constexpr int num_elements = Count;
    using storage_element_type = typename element<T>::stored;
    using element_type = T;
    storage_element_type x[Count];
};

/// The place of element `at` of a lane, in parts of `Rows` rows of A. A register has `Width` elements; `line` is the row.
template <int Rows, int k, int Width>
struct place_of_rows {
    static constexpr int count = Rows * k / 32;
    static __device__ int line(int at) { return at / count * Rows + (__lane_id() & 31u) / 4 + at % count / Width % 2 * 8; }
    static __device__ int depth(int at) { return __lane_id() % 4 * Width + at % Width + at % count / Width / 2 * 4 * Width; }
};
/// The same in parts of 8 columns of B; `line` is the column.
template <int k, int Width>
struct place_of_columns {
    static constexpr int count = k / 4;
    static __device__ int line(int at) { return at / count * 8 + (__lane_id() & 31u) / 4; }
    static __device__ int depth(int at) { return __lane_id() % 4 * Width + at % Width + at % count / Width * 4 * Width; }
};
/// The same in parts of a sum, of which `Across` are beside one another.
template <int Rows, int Across>
struct place_of_sums {
    static constexpr int count = Rows / 4;
    static __device__ int row(int at) { return at / count / Across * Rows + (__lane_id() & 31u) / 4 + at % count / 2 * 8; }
    static __device__ int column(int at) { return at / count % Across * 8 + __lane_id() % 4 * 2 + at % 2; }
};

/// The number of rows of a part. A product with 8 rows and 32 columns is computed as the transposed product.
template <int m, int n>
constexpr int rows_of_part = m == 8 && n == 8 ? 8 : 16;
template <int m, int n>
constexpr bool is_transposed = m == 8 && n == 32;
template <typename T>
constexpr int width_of_word = sizeof(typename element<T>::word) / sizeof(typename element<T>::stored);

template <typename Use, int m, int n, int k, typename T, typename Layout = void>
struct fragment;
template <int m, int n, int k, typename T, typename Layout>
struct fragment<matrix_a, m, n, k, T, Layout> : elements_of_lane<T, m * k / 32> {
    using rows = place_of_rows<rows_of_part<m, n>, k, width_of_word<T>>;
    using columns = place_of_columns<k, width_of_word<T>>;
    static __device__ int row(int at) { return is_transposed<m, n> ? columns::line(at) : rows::line(at); }
    static __device__ int column(int at) { return is_transposed<m, n> ? columns::depth(at) : rows::depth(at); }
};
template <int m, int n, int k, typename T, typename Layout>
struct fragment<matrix_b, m, n, k, T, Layout> : elements_of_lane<T, k * n / 32> {
    using rows = place_of_rows<rows_of_part<m, n>, k, width_of_word<T>>;
    using columns = place_of_columns<k, width_of_word<T>>;
    static __device__ int row(int at) { return is_transposed<m, n> ? rows::depth(at) : columns::depth(at); }
    static __device__ int column(int at) { return is_transposed<m, n> ? rows::line(at) : columns::line(at); }
};
template <int m, int n, int k, typename T>
struct fragment<accumulator, m, n, k, T, void> : elements_of_lane<T, m * n / 32> {
    using place = place_of_sums<rows_of_part<m, n>, is_transposed<m, n> ? 1 : n / 8>;
    static __device__ int row(int at) { return is_transposed<m, n> ? place::column(at) : place::row(at); }
    static __device__ int column(int at) { return is_transposed<m, n> ? place::row(at) : place::column(at); }
};

template <typename Use, int m, int n, int k, typename T, typename Layout, typename Value>
inline __device__ void fill_fragment(fragment<Use, m, n, k, T, Layout> &to, const Value &value) {
    for (auto &one : to.x) one = value;
}

template <typename Use, int m, int n, int k, typename T>
inline __device__ void load_matrix_sync(fragment<Use, m, n, k, T, row_major> &to, const typename element<T>::stored *from, unsigned stride) {
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) to.x[at] = from[(unsigned long long)to.row(at) * stride + to.column(at)];
}
template <typename Use, int m, int n, int k, typename T>
inline __device__ void load_matrix_sync(fragment<Use, m, n, k, T, col_major> &to, const typename element<T>::stored *from, unsigned stride) {
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) to.x[at] = from[(unsigned long long)to.column(at) * stride + to.row(at)];
}
template <int m, int n, int k, typename T>
inline __device__ void load_matrix_sync(fragment<accumulator, m, n, k, T> &to, const T *from, unsigned stride, layout_t layout) {
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) {
        const unsigned row = to.row(at), column = to.column(at);
        to.x[at] = from[layout == mem_row_major ? (unsigned long long)row * stride + column : (unsigned long long)column * stride + row];
    }
}
template <int m, int n, int k, typename T>
inline __device__ void store_matrix_sync(T *to, const fragment<accumulator, m, n, k, T> &from, unsigned stride, layout_t layout) {
#pragma unroll
    for (int at = 0; at < from.num_elements; ++at) {
        const unsigned row = from.row(at), column = from.column(at);
        to[layout == mem_row_major ? (unsigned long long)row * stride + column : (unsigned long long)column * stride + row] = from.x[at];
    }
}

/// Registers from the elements of a fragment, beginning at `from`.
template <typename Word, int Count, typename T>
inline __device__ registers<Word, Count> words_of(const T *from) {
    registers<Word, Count> found;
    __builtin_memcpy(found.at, from, sizeof(found));
    return found;
}

/// D = A B + C for parts with `Rows` rows: `tall` has the rows and `wide` the columns of all parts, `Across` of which are beside
/// one another.
template <typename T, int Rows, int k, int Across, int Count, typename D, typename C>
inline __device__ void multiply_parts(D (&d)[Count], const typename element<T>::stored *tall, const typename element<T>::stored *wide, const C (&c)[Count]) {
    using kind = element<T>;
    constexpr int RowElements = Rows * k / 32, ColumnElements = k / 4, Sums = Rows / 4, Width = width_of_word<T>;
#pragma unroll
    for (int part = 0; part < Count / Sums; ++part) {
        registers<typename kind::sum, Sums> sums;
#pragma unroll
        for (int at = 0; at < Sums; ++at) sums.at[at] = element<C>::number(c[part * Sums + at]);
        sums = kind::product(words_of<typename kind::word, RowElements / Width>(tall + part / Across * RowElements),
                             words_of<typename kind::word, ColumnElements / Width>(wide + part % Across * ColumnElements), sums);
#pragma unroll
        for (int at = 0; at < Sums; ++at) d[part * Sums + at] = element<D>::rounded(sums.at[at]);
    }
}

/// D = A B + C
template <int m, int n, int k, typename T, typename LayoutA, typename LayoutB, typename D, typename C>
inline __device__ void mma_sync(fragment<accumulator, m, n, k, D> &d, const fragment<matrix_a, m, n, k, T, LayoutA> &a,
                                const fragment<matrix_b, m, n, k, T, LayoutB> &b, const fragment<accumulator, m, n, k, C> &c) {
    constexpr bool IsSwapped = is_transposed<m, n>;
    multiply_parts<T, rows_of_part<m, n>, k, IsSwapped ? 1 : n / 8>(d.x, IsSwapped ? b.x : a.x, IsSwapped ? a.x : b.x, c.x);
}

}
}
