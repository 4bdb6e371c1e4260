/// A number with the precision of `tf32`, rounded toward zero.
inline __device__ unsigned to_tf32_toward_zero(float value) {
    return value != value ? 0x7fffffffu : __float_as_uint(value) & 0xffffe000u;
}
