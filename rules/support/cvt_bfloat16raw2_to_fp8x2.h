//! needs: cvt_float2_to_fp8x2
//! include: hip/hip_bf16.h
/// CUDA's conversion of two bfloat16 numbers to 8-bit floats, which HIP's own does not saturate on every GPU.
inline __host__ __device__ __hip_fp8x2_storage_t cvt_bfloat16raw2_to_fp8x2(const __hip_bfloat162_raw from,
                                                                           const __hip_saturation_t limit,
                                                                           const __hip_fp8_interpretation_t format) {
    const float2 values = __hip_bfloat162(from);
    return cvt_float2_to_fp8x2(values, limit, format);
}
