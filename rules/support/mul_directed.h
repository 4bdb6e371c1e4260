//! needs: round_directed
/// The product rounded down (`direction` -1), toward zero (0) or up (1).
inline __device__ float mul_directed(float a, float b, int direction) {
    // The product of two single-precision numbers is exact in double precision.
    return round_directed(static_cast<double>(a) * b, 0.0, direction);
}
