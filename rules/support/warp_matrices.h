//! needs: registers mma mma_by_unit mma_bytes_by_unit f16_element bf16_element s8_element u8_element s4_element u4_element xor_element and_element tf32_element f64_element f32_sum s32_sum s32_saturated_sum f64_sum
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
namespace experimental {
namespace precision {
struct s4 {};
struct u4 {};
struct b1 {};
}
enum bmmaBitOp { bmmaBitOpXOR = 1, bmmaBitOpAND = 2 };
enum bmmaAccumulateOp { bmmaAccumulateOpPOPC = 1 };
}

/// For each type of elements: the type that a fragment stores, the number of rows of a part, and the product of two parts.
/// For types of sums: the number of an element. All types of two bytes except `__half` are bfloat16.
template <typename Type, int Size = sizeof(Type)>
struct element {
    using stored = Type;
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
template <typename Stored, typename Element>
struct element_of_bytes {
    using stored = Stored;
    using word = unsigned;
    using sum = int;
    static constexpr int rows = 16;
    static __device__ registers<int, 4> product(registers<unsigned, 2> a, registers<unsigned, 1> b, registers<int, 4> c) { return mma_bytes_by_unit<16, 16, Element, Element, s32_sum>(a, b, c); }
    static __device__ registers<int, 4> saturated(registers<unsigned, 2> a, registers<unsigned, 1> b, registers<int, 4> c) { return mma_bytes_by_unit<16, 16, Element, Element, s32_saturated_sum>(a, b, c); }
};
template <>
struct element<signed char, 1> : element_of_bytes<signed char, s8_element> {};
template <>
struct element<unsigned char, 1> : element_of_bytes<unsigned char, u8_element> {};
template <typename Element>
struct element_of_nibbles {
    using stored = int;
    using word = unsigned;
    using sum = int;
    static constexpr int rows = 8;
    static __device__ registers<int, 2> product(registers<unsigned, 1> a, registers<unsigned, 1> b, registers<int, 2> c) { return mma<8, 32, Element, Element, s32_sum>(a, b, c); }
    static __device__ registers<int, 2> saturated(registers<unsigned, 1> a, registers<unsigned, 1> b, registers<int, 2> c) { return mma<8, 32, Element, Element, s32_saturated_sum>(a, b, c); }
};
template <int Size>
struct element<experimental::precision::s4, Size> : element_of_nibbles<s4_element> {};
template <int Size>
struct element<experimental::precision::u4, Size> : element_of_nibbles<u4_element> {};
template <int Size>
struct element<experimental::precision::b1, Size> {
    using stored = unsigned;
    using word = unsigned;
    using sum = int;
    static constexpr int rows = 8;
    static __device__ registers<int, 2> product(registers<unsigned, 1> a, registers<unsigned, 1> b, registers<int, 2> c) { return mma<8, 128, xor_element, xor_element, s32_sum>(a, b, c); }
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

/// The products of an element whose sums become the largest or smallest number instead of wrapping around.
template <typename Type>
struct saturating {};
template <typename Type>
struct element<saturating<Type>, 1> : element<Type> {
    template <typename... Registers>
    static __device__ auto product(Registers... of) -> decltype(element<Type>::saturated(of...)) { return element<Type>::saturated(of...); }
};
/// The products of bits with `and`.
struct conjunction {};
template <>
struct element<conjunction, 1> : element<experimental::precision::b1> {
    static __device__ registers<int, 2> product(registers<unsigned, 1> a, registers<unsigned, 1> b, registers<int, 2> c) { return mma<8, 128, and_element, and_element, s32_sum>(a, b, c); }
};

/// How many elements of a matrix one element of a fragment has, and the type of their addresses.
template <typename Type>
constexpr int packed = 1;
template <>
constexpr int packed<experimental::precision::s4> = 8;
template <>
constexpr int packed<experimental::precision::u4> = 8;
template <>
constexpr int packed<experimental::precision::b1> = 32;
template <typename Type, int Packed = packed<Type>>
struct memory_of {
    using type = void;
};
template <typename Type>
struct memory_of<Type, 1> {
    using type = typename element<Type>::stored;
};

/// `value` rounded to the precision of `tf32`, ties away from zero.
inline __device__ float __float_to_tf32(float value) {
    const unsigned bits = __float_as_uint(value);
    return (bits & 0x7f800000u) == 0x7f800000u ? value : __uint_as_float((bits + 0x1000u) & 0xffffe000u);
}

template <typename Type, int Count>
struct elements_of_lane {
    static constexpr int num_elements = Count;
    using storage_element_type = typename element<Type>::stored;
    using element_type = Type;
    storage_element_type x[Count];
};

/// The place of element `at` of a lane, in parts of `Rows` rows of A. A register has `Width` elements; `line` is the row.
template <int Rows, int SizeK, int Width>
struct place_of_rows {
    static constexpr int count = Rows * SizeK / 32;
    static __device__ int line(int at) { return at / count * Rows + (__lane_id() & 31u) / 4 + at % count / Width % 2 * 8; }
    static __device__ int depth(int at) { return __lane_id() % 4 * Width + at % Width + at % count / Width / 2 * 4 * Width; }
};
/// The same in parts of 8 columns of B; `line` is the column.
template <int SizeK, int Width>
struct place_of_columns {
    static constexpr int count = SizeK / 4;
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
template <int SizeM, int SizeN>
constexpr int rows_of_part = SizeM == 8 && SizeN == 8 ? 8 : 16;
template <int SizeM, int SizeN>
constexpr bool is_transposed = SizeM == 8 && SizeN == 32;
template <typename Type>
constexpr int width_of_word = sizeof(typename element<Type>::word) / sizeof(typename element<Type>::stored);

template <typename Use, int SizeM, int SizeN, int SizeK, typename Type, typename Layout = void>
struct fragment;
template <int SizeM, int SizeN, int SizeK, typename Type, typename Layout>
struct fragment<matrix_a, SizeM, SizeN, SizeK, Type, Layout> : elements_of_lane<Type, SizeM * SizeK / 32 / packed<Type>> {
    using rows = place_of_rows<rows_of_part<SizeM, SizeN>, SizeK / packed<Type>, width_of_word<Type>>;
    using columns = place_of_columns<SizeK / packed<Type>, width_of_word<Type>>;
    static __device__ int row(int at) { return is_transposed<SizeM, SizeN> ? columns::line(at) : rows::line(at); }
    static __device__ int column(int at) { return is_transposed<SizeM, SizeN> ? columns::depth(at) : rows::depth(at); }
};
template <int SizeM, int SizeN, int SizeK, typename Type, typename Layout>
struct fragment<matrix_b, SizeM, SizeN, SizeK, Type, Layout> : elements_of_lane<Type, SizeK * SizeN / 32 / packed<Type>> {
    using rows = place_of_rows<rows_of_part<SizeM, SizeN>, SizeK / packed<Type>, width_of_word<Type>>;
    using columns = place_of_columns<SizeK / packed<Type>, width_of_word<Type>>;
    static __device__ int row(int at) { return is_transposed<SizeM, SizeN> ? rows::depth(at) : columns::depth(at); }
    static __device__ int column(int at) { return is_transposed<SizeM, SizeN> ? rows::line(at) : columns::line(at); }
};
template <int SizeM, int SizeN, int SizeK, typename Type>
struct fragment<accumulator, SizeM, SizeN, SizeK, Type, void> : elements_of_lane<Type, SizeM * SizeN / 32> {
    using place = place_of_sums<rows_of_part<SizeM, SizeN>, is_transposed<SizeM, SizeN> ? 1 : SizeN / 8>;
    static __device__ int row(int at) { return is_transposed<SizeM, SizeN> ? place::column(at) : place::row(at); }
    static __device__ int column(int at) { return is_transposed<SizeM, SizeN> ? place::row(at) : place::column(at); }
};

template <typename Use, int SizeM, int SizeN, int SizeK, typename Type, typename Layout, typename Value>
inline __device__ void fill_fragment(fragment<Use, SizeM, SizeN, SizeK, Type, Layout> &to, const Value &value) {
    for (auto &one : to.x) one = value;
}

template <typename Use, int SizeM, int SizeN, int SizeK, typename Type>
inline __device__ void load_matrix_sync(fragment<Use, SizeM, SizeN, SizeK, Type, row_major> &to, const typename memory_of<Type>::type *memory, unsigned stride) {
    const auto *from = static_cast<const typename element<Type>::stored *>(memory);
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) to.x[at] = from[(unsigned long long)to.row(at) * (stride / packed<Type>) + to.column(at)];
}
template <typename Use, int SizeM, int SizeN, int SizeK, typename Type>
inline __device__ void load_matrix_sync(fragment<Use, SizeM, SizeN, SizeK, Type, col_major> &to, const typename memory_of<Type>::type *memory, unsigned stride) {
    const auto *from = static_cast<const typename element<Type>::stored *>(memory);
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) to.x[at] = from[(unsigned long long)to.column(at) * (stride / packed<Type>) + to.row(at)];
}
template <int SizeM, int SizeN, int SizeK, typename Type>
inline __device__ void load_matrix_sync(fragment<accumulator, SizeM, SizeN, SizeK, Type> &to, const Type *from, unsigned stride, layout_t layout) {
#pragma unroll
    for (int at = 0; at < to.num_elements; ++at) {
        const unsigned row = to.row(at), column = to.column(at);
        to.x[at] = from[layout == mem_row_major ? (unsigned long long)row * stride + column : (unsigned long long)column * stride + row];
    }
}
template <int SizeM, int SizeN, int SizeK, typename Type>
inline __device__ void store_matrix_sync(Type *to, const fragment<accumulator, SizeM, SizeN, SizeK, Type> &from, unsigned stride, layout_t layout) {
#pragma unroll
    for (int at = 0; at < from.num_elements; ++at) {
        const unsigned row = from.row(at), column = from.column(at);
        to[layout == mem_row_major ? (unsigned long long)row * stride + column : (unsigned long long)column * stride + row] = from.x[at];
    }
}

/// Registers from the elements of a fragment, beginning at `from`.
template <typename Word, int Count, typename Type>
inline __device__ registers<Word, Count> words_of(const Type *from) {
    registers<Word, Count> found;
    __builtin_memcpy(found.at, from, sizeof(found));
    return found;
}

/// D = A B + C for parts with `Rows` rows: `tall` has the rows and `wide` the columns of all parts, `Across` of which are beside
/// one another.
template <typename Type, int Rows, int SizeK, int Across, int Count, typename Result, typename Start>
inline __device__ void multiply_parts(Result (&d)[Count], const typename element<Type>::stored *tall, const typename element<Type>::stored *wide, const Start (&c)[Count]) {
    using kind = element<Type>;
    constexpr int RowElements = Rows * SizeK / 32, ColumnElements = SizeK / 4, Sums = Rows / 4, Width = width_of_word<Type>;
#pragma unroll
    for (int part = 0; part < Count / Sums; ++part) {
        registers<typename kind::sum, Sums> sums;
#pragma unroll
        for (int at = 0; at < Sums; ++at) sums.at[at] = element<Start>::number(c[part * Sums + at]);
        sums = kind::product(words_of<typename kind::word, RowElements / Width>(tall + part / Across * RowElements),
                             words_of<typename kind::word, ColumnElements / Width>(wide + part % Across * ColumnElements), sums);
#pragma unroll
        for (int at = 0; at < Sums; ++at) d[part * Sums + at] = element<Result>::rounded(sums.at[at]);
    }
}

/// D = A B + C
template <int SizeM, int SizeN, int SizeK, typename Type, typename LayoutA, typename LayoutB, typename Result, typename Start>
inline __device__ void mma_sync(fragment<accumulator, SizeM, SizeN, SizeK, Result> &d, const fragment<matrix_a, SizeM, SizeN, SizeK, Type, LayoutA> &a,
                                const fragment<matrix_b, SizeM, SizeN, SizeK, Type, LayoutB> &b, const fragment<accumulator, SizeM, SizeN, SizeK, Start> &c) {
    constexpr bool IsSwapped = is_transposed<SizeM, SizeN>;
    multiply_parts<Type, rows_of_part<SizeM, SizeN>, SizeK / packed<Type>, IsSwapped ? 1 : SizeN / 8>(d.x, IsSwapped ? b.x : a.x, IsSwapped ? a.x : b.x, c.x);
}
/// The same; if `saturates`, a sum that is too large becomes the largest number.
template <int SizeM, int SizeN, int SizeK, typename Type, typename LayoutA, typename LayoutB>
inline __device__ void mma_sync(fragment<accumulator, SizeM, SizeN, SizeK, int> &d, const fragment<matrix_a, SizeM, SizeN, SizeK, Type, LayoutA> &a,
                                const fragment<matrix_b, SizeM, SizeN, SizeK, Type, LayoutB> &b, const fragment<accumulator, SizeM, SizeN, SizeK, int> &c, bool saturates) {
    constexpr bool IsSwapped = is_transposed<SizeM, SizeN>;
    if (!saturates) return mma_sync(d, a, b, c);
    multiply_parts<saturating<Type>, rows_of_part<SizeM, SizeN>, SizeK / packed<Type>, IsSwapped ? 1 : SizeN / 8>(d.x, IsSwapped ? b.x : a.x, IsSwapped ? a.x : b.x, c.x);
}
/// For bits, with `xor` or `and` as their product.
template <typename LayoutA, typename LayoutB>
inline __device__ void bmma_sync(fragment<accumulator, 8, 8, 128, int> &d, const fragment<matrix_a, 8, 8, 128, experimental::precision::b1, LayoutA> &a,
                                 const fragment<matrix_b, 8, 8, 128, experimental::precision::b1, LayoutB> &b, const fragment<accumulator, 8, 8, 128, int> &c,
                                 experimental::bmmaBitOp operation = experimental::bmmaBitOpXOR, experimental::bmmaAccumulateOp = experimental::bmmaAccumulateOpPOPC) {
    if (operation == experimental::bmmaBitOpXOR) return mma_sync(d, a, b, c);
    multiply_parts<conjunction, 8, 4, 1>(d.x, a.x, b.x, c.x);
}

}
}
