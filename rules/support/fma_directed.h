//! needs: add_directed
/// `a * b + c` rounded once: down (`direction` -1), toward zero (0) or up (1).
inline __device__ float fma_directed(float a, float b, float c, int direction) {
    // The product of two single-precision numbers is exact in double precision.
    const double product = static_cast<double>(a) * b;
    return add_directed(product, c, direction);
}
