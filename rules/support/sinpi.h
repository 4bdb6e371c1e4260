//! needs: sincospi
/// CUDA's `sinpi`, which HIP has for the GPU alone: the sine of `x` times pi.
template <typename Type> inline __host__ __device__ Type sinpi(Type x) {
    Type sine, cosine;
    tranship::sincospi(x, &sine, &cosine);
    return sine;
}
