//! needs: floats_to_bfloat162
//! include: hip/hip_bf16.h
/// The hyperbolic tangent of each of two numbers, computed in single precision.
#if __has_include(<hip/hip_bf16.h>)
inline __device__ __hip_bfloat162 tanh_bfloat162(__hip_bfloat162 a) {
    return floats_to_bfloat162(tanhf(__bfloat162float(a.x)), tanhf(__bfloat162float(a.y)));
}
#endif
