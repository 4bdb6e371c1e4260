//! needs: dfma_directed
/// The sum rounded toward zero.
inline __device__ double dadd_rz(double a, double b) { return dfma_directed(a, 1.0, b, 0); }
