//! needs: channel_type
/// Adds the channels of `texel`, times `weight`, to `sum`.
template <typename T> inline __device__ void blend_texels(float *sum, const T &texel, float weight) {
    using E = typename channel_type<T>::type;
    E channels[sizeof(T) / sizeof(E)];
    __builtin_memcpy(channels, &texel, sizeof(T));
    for (unsigned at = 0; at < sizeof(T) / sizeof(E); ++at) sum[at] += weight * static_cast<float>(channels[at]);
}
