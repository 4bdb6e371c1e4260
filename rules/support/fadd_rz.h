//! needs: add_directed
/// The sum rounded toward zero.
inline __device__ float fadd_rz(float a, float b) { return add_directed(a, b, 0); }
