//! needs: channel_type
/// Adds the channels of `texel`, times `weight`, to `sum`.
template <typename Type> inline __device__ void blend_texels(float *sum, const Type &texel, float weight) {
    using Channel = typename channel_type<Type>::type;
    Channel channels[sizeof(Type) / sizeof(Channel)];
    __builtin_memcpy(channels, &texel, sizeof(Type));
    for (unsigned at = 0; at < sizeof(Type) / sizeof(Channel); ++at) sum[at] += weight * static_cast<float>(channels[at]);
}
