//! needs: as_half
/// Four elements of type `e4m3` in a register. The exponent has the bias 7, that of a half-precision number 15.
struct e4m3_element {
    using word = unsigned;
    static constexpr int bits = 8;
    static __device__ float value(unsigned word, int at) {
        const unsigned byte = word >> 8 * at & 0xffu;
        if ((byte & 0x7fu) == 0x7fu) return __uint_as_float(0x7fffffffu);
        return 256.0f * __half2float(as_half((unsigned short)((byte & 0x80u) << 8 | (byte & 0x7fu) << 7)));
    }
};
