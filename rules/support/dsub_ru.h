//! needs: dfma_directed
/// The difference rounded up.
inline __device__ double dsub_ru(double a, double b) { return dfma_directed(a, 1.0, -b, 1); }
