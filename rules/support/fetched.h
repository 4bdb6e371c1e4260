//! needs: channel_type
/// The type of a fetch from a texture reference of `T`: a fraction or fractions where the reference reads fractions.
template <typename T, hipTextureReadMode Mode, int Channels = sizeof(T) / sizeof(typename channel_type<T>::type)>
struct fetched {
    using type = T;
};
template <typename T> struct fetched<T, hipReadModeNormalizedFloat, 1> {
    using type = float;
};
template <typename T> struct fetched<T, hipReadModeNormalizedFloat, 2> {
    using type = float2;
};
template <typename T> struct fetched<T, hipReadModeNormalizedFloat, 4> {
    using type = float4;
};
