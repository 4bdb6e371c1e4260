//! needs: add_directed
/// The sum rounded up.
inline __device__ float fadd_ru(float a, float b) { return add_directed(a, b, 1); }
