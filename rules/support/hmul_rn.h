//! needs: element_rounded element_value
/// The product of two half-precision or bfloat16 numbers, never as a part of a fused operation.
/// The first rounding, to `float`, cannot change the second one: 24 bits are more than twice 11 bits.
template <typename Type>
inline __device__ Type hmul_rn(Type a, Type b) {
#pragma clang fp contract(off)
    const float result = element_value(a) * element_value(b);
    return element_rounded(result, a);
}
