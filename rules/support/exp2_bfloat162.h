//! needs: floats_to_bfloat162
//! include: hip/hip_bf16.h
/// The power of two of each of two numbers, computed in single precision.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat162 exp2_bfloat162(__hip_bfloat162 a) {
    return floats_to_bfloat162(exp2f(__bfloat162float(a.x)), exp2f(__bfloat162float(a.y)));
}
#endif
