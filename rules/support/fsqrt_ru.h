//! needs: sqrt_directed
/// The square root rounded up.
inline __device__ float fsqrt_ru(float a) { return sqrt_directed(a, 1); }
