//! needs: round_directed
/// The square root rounded down (`direction` -1), toward zero (0) or up (1).
inline __device__ float sqrt_directed(float a, int direction) {
    const double root = sqrt(static_cast<double>(a));
    return round_directed(root, fma(-root, root, static_cast<double>(a)), direction);
}
