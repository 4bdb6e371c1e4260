//! needs: dfma_directed
/// The sum rounded up.
inline __device__ double dadd_ru(double a, double b) { return dfma_directed(a, 1.0, b, 1); }
