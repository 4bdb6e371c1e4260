//! needs: as_half half_bits
//! include: hip/hip_fp16.h
/// The power of two of each of two half-precision numbers, computed in single precision.
inline __device__ __half2 exp2_half2(__half2 a) {
    const unsigned bits = half_bits(a);
    const float low = __half2float(as_half(static_cast<unsigned short>(bits)));
    const float high = __half2float(as_half(static_cast<unsigned short>(bits >> 16)));
    return __floats2half2_rn(exp2f(low), exp2f(high));
}
