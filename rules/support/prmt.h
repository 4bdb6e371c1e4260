/// Four bytes of the eight in `b` and `a` (whose bytes are the lower ones). Each of the four lower nibbles of `selector` picks
/// one; with the highest bit of the nibble set, copies of the highest bit of that byte.
inline __device__ unsigned prmt(unsigned a, unsigned b, unsigned selector) {
    unsigned result = 0u;
    for (unsigned at = 0u; at < 4u; ++at) {
        const unsigned pick = selector >> (4u * at) & 15u;
        unsigned byte = ((pick & 4u ? b : a) >> (8u * (pick & 3u))) & 0xffu;
        if (pick & 8u) byte = byte & 0x80u ? 0xffu : 0u;
        result |= byte << (8u * at);
    }
    return result;
}
