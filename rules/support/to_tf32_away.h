/// A number with the precision of `tf32`, rounded to nearest, and of two nearest numbers to the one away from zero.
inline __device__ unsigned to_tf32_away(float value) {
    return value != value ? 0x7fffffffu : (__float_as_uint(value) + 0x1000u) & 0xffffe000u;
}
