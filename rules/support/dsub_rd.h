//! needs: dfma_directed
/// The difference rounded down.
inline __device__ double dsub_rd(double a, double b) { return dfma_directed(a, 1.0, -b, -1); }
