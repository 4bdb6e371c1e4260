//! needs: dfma_directed
/// The difference rounded toward zero.
inline __device__ double dsub_rz(double a, double b) { return dfma_directed(a, 1.0, -b, 0); }
