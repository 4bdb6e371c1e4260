//! needs: add_directed
/// The difference rounded toward zero.
inline __device__ float fsub_rz(float a, float b) { return add_directed(a, -b, 0); }
