//! needs: sincospi
/// CUDA's `sinpi`, which HIP has for the GPU alone: the sine of `x` times pi.
template <typename T> inline __host__ __device__ T sinpi(T x) {
    T sine, cosine;
    tranship::sincospi(x, &sine, &cosine);
    return sine;
}
