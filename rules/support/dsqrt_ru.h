//! needs: dsqrt_directed
/// The square root rounded up.
inline __device__ double dsqrt_ru(double a) { return dsqrt_directed(a, 1); }
