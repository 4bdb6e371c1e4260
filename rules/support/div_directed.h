//! needs: round_directed
/// The quotient rounded down (`direction` -1), toward zero (0) or up (1).
inline __device__ float div_directed(float a, float b, int direction) {
    const double quotient = static_cast<double>(a) / b;
    const double left = fma(-quotient, static_cast<double>(b), static_cast<double>(a));
    return round_directed(quotient, b < 0.0f ? -left : left, direction);
}
