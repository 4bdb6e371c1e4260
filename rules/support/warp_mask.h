/// One bit for each lane of the part `warp` of this warp. A warp has 32 lanes, and each part has `Lanes` of them; if
/// `Lanes` is no power of two, there is only one part.
template <int Lanes, int Architecture = 0>
inline __device__ unsigned warp_mask(unsigned warp) {
    static_assert(0 < Lanes && Lanes <= 32, "a part has at most the 32 lanes of a warp");
    const bool is_power_of_two = (Lanes & (Lanes - 1)) == 0;
    return (0xffffffffu >> (32 - Lanes)) << (is_power_of_two && Lanes < 32 ? warp * Lanes : 0);
}
