/// The integer of type `To` that is nearest to the whole number `value`. What is no number becomes 0, or the highest bit
/// alone where `To` or `From` has 64 bits, as in PTX.
template <typename To, typename From>
inline __device__ To to_integer(From value) {
    const bool is_signed = To(-1) < To(0);
    const To highest = is_signed ? To((1ull << (8 * sizeof(To) - 1)) - 1) : To(-1);
    const To lowest = is_signed ? To(-highest - 1) : To(0);
    if (value != value) return sizeof(To) == 8 || sizeof(From) == 8 ? To(1ull << (8 * sizeof(To) - 1)) : To(0);
    // The powers of two beyond the range are exact in both types of numbers.
    const From beyond = From(1ull << (8 * sizeof(To) - (is_signed ? 2 : 1))) * From(2);
    if (value >= beyond) return highest;
    return value <= From(lowest) ? lowest : To(value);
}
