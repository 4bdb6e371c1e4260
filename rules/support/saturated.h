/// Brings the integer `value` into the range of type `To`.
template <typename To, typename From>
inline __device__ To saturated(From value) {
    const bool is_signed = To(-1) < To(0);
    const To highest = is_signed ? To((1ull << (8 * sizeof(To) - 1)) - 1) : To(-1);
    const To lowest = is_signed ? To(-highest - 1) : To(0);
    if (value < From(0)) return is_signed && sizeof(To) < sizeof(From) && value < From(lowest) ? lowest : is_signed ? To(value) : To(0);
    return (unsigned long long)value > (unsigned long long)highest ? highest : To(value);
}
