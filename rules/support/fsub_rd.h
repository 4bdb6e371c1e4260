//! needs: add_directed
/// The difference rounded down.
inline __device__ float fsub_rd(float a, float b) { return add_directed(a, -b, -1); }
