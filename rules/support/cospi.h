//! needs: sincospi
/// CUDA's `cospi`, which HIP has for the GPU alone: the cosine of `x` times pi.
template <typename T> inline __host__ __device__ T cospi(T x) {
    T sine, cosine;
    tranship::sincospi(x, &sine, &cosine);
    return cosine;
}
