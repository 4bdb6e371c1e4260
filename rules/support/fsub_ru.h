//! needs: add_directed
/// The difference rounded up.
inline __device__ float fsub_ru(float a, float b) { return add_directed(a, -b, 1); }
