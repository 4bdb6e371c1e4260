/// A number with the precision of `tf32`, rounded to nearest even.
inline __device__ unsigned to_tf32(float value) {
    const unsigned bits = __float_as_uint(value);
    return value != value ? 0x7fffffffu : (bits + 0xfffu + (bits >> 13 & 1u)) & 0xffffe000u;
}
