//! needs: is_finite_number residue_sign step_directed
/// `a * b + c` rounded once: down (`direction` -1), toward zero (0) or up (1).
inline __device__ double dfma_directed(double a, double b, double c, int direction) {
    const double near = fma(a, b, c);
    if (!is_finite_number(a) || !is_finite_number(b) || !is_finite_number(c)) return near;
    // A finite result that is too large for the range is nearest to infinity.
    if (!is_finite_number(near)) return step_directed(near, near < 0.0 ? 1 : -1, direction);
    const int sign = residue_sign(a, b, c, near);
    if (near == 0.0 && sign == 0) {
        const bool is_negative = __builtin_signbit(a) != __builtin_signbit(b);
        // A sum that cancels is -0 only if it is rounded down.
        if (is_negative == (__builtin_signbit(c) != 0)) return near;
        return direction < 0 ? -0.0 : 0.0;
    }
    return step_directed(near, sign, direction);
}
