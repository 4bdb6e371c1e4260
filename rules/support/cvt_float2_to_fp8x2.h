//! include: hip/hip_fp8.h
/// CUDA's conversion of two numbers to 8-bit floats. HIP's own does not saturate on GPUs with instructions for 8-bit floats.
inline __host__ __device__ __hip_fp8x2_storage_t cvt_float2_to_fp8x2(const float2 from, const __hip_saturation_t limit,
                                                                     const __hip_fp8_interpretation_t format) {
    return static_cast<__hip_fp8x2_storage_t>(__hip_cvt_float_to_fp8(from.x, limit, format) |
                                              __hip_cvt_float_to_fp8(from.y, limit, format) << 8);
}
