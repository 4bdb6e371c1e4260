//! needs: dfma_directed
/// The sum rounded down.
inline __device__ double dadd_rd(double a, double b) { return dfma_directed(a, 1.0, b, -1); }
