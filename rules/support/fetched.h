//! needs: channel_type
/// The type of a fetch from a texture reference of `Type`: a fraction or fractions where the reference reads fractions.
template <typename Type, hipTextureReadMode Mode, int Channels = sizeof(Type) / sizeof(typename channel_type<Type>::type)>
struct fetched {
    using type = Type;
};
template <typename Type> struct fetched<Type, hipReadModeNormalizedFloat, 1> {
    using type = float;
};
template <typename Type> struct fetched<Type, hipReadModeNormalizedFloat, 2> {
    using type = float2;
};
template <typename Type> struct fetched<Type, hipReadModeNormalizedFloat, 4> {
    using type = float4;
};
