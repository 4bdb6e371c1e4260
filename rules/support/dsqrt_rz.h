//! needs: dsqrt_directed
/// The square root rounded toward zero.
inline __device__ double dsqrt_rz(double a) { return dsqrt_directed(a, 0); }
