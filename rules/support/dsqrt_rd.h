//! needs: dsqrt_directed
/// The square root rounded down.
inline __device__ double dsqrt_rd(double a) { return dsqrt_directed(a, -1); }
