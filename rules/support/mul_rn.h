/// The product rounded to nearest even, never as a part of a fused operation.
template <typename Type>
inline __device__ Type mul_rn(Type a, Type b) {
#pragma clang fp contract(off)
    return a * b;
}
