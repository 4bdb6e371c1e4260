//! needs: sincospi
/// CUDA's `cospi`, which HIP has for the GPU alone: the cosine of `x` times pi.
template <typename Type> inline __host__ __device__ Type cospi(Type x) {
    Type sine, cosine;
    tranship::sincospi(x, &sine, &cosine);
    return cosine;
}
