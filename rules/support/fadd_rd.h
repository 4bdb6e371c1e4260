//! needs: add_directed
/// The sum rounded down.
inline __device__ float fadd_rd(float a, float b) { return add_directed(a, b, -1); }
