/// The difference rounded to nearest even, never as a part of a fused operation.
template <typename T>
inline __device__ T sub_rn(T a, T b) {
#pragma clang fp contract(off)
    return a - b;
}
