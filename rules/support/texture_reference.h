//! needs: create_texture_object destroy_texture_object channel_type fetched tex1Dfetch tex1D tex2D tex3D tex1DLayered tex2DLayered texCubemap
//! include: climits
//! include: type_traits
/// CUDA's texture reference without texture units: its members, and the texture object that it is bound to. Host and GPU share
/// a variable of this type. One GPU fetches from it.
template <typename Type, int Dimensions = 1, hipTextureReadMode Mode = hipReadModeElementType> struct texture_reference {
    int normalized;
    hipTextureFilterMode filterMode;
    hipTextureAddressMode addressMode[3];
    hipChannelFormatDesc channelDesc;
    int sRGB = 0;
    unsigned maxAnisotropy = 0;
    hipTextureFilterMode mipmapFilterMode = hipFilterModePoint;
    float mipmapLevelBias = 0.0f, minMipmapLevelClamp = 0.0f, maxMipmapLevelClamp = 0.0f;
    hipTextureObject_t object = nullptr;

    constexpr texture_reference(int norm, hipTextureFilterMode filter, hipTextureAddressMode mode, hipChannelFormatDesc format)
        : normalized(norm), filterMode(filter), addressMode{mode, mode, mode}, channelDesc(format) {}
    constexpr texture_reference(int norm = 0, hipTextureFilterMode filter = hipFilterModePoint,
                                hipTextureAddressMode mode = hipAddressModeClamp)
        : texture_reference(norm, filter, mode, {bits(1), bits(2), bits(3), bits(4), kind()}) {}

    /// Binds the reference to a resource. It waits for the GPU, which may still fetch from the resource before.
    hipError_t bind(const hipResourceDesc &resource) {
        hipTextureDesc how = hipTextureDesc();
        for (int at = 0; at < 3; ++at) how.addressMode[at] = addressMode[at];
        how.filterMode = filterMode;
        how.readMode = Mode;
        how.sRGB = sRGB;
        how.normalizedCoords = normalized;
        hipTextureObject_t made = nullptr;
        const hipError_t error = create_texture_object(&made, &resource, &how);
        return error == hipSuccess ? replace(made) : error;
    }
    hipError_t replace(hipTextureObject_t made) {
        const hipError_t error = hipDeviceSynchronize();
        if (object) (void)destroy_texture_object(object);
        object = made;
        return error;
    }

  private:
    using Channel = typename channel_type<Type>::type;
    static constexpr int bits(int channel) {
        return channel <= static_cast<int>(sizeof(Type) / sizeof(Channel)) ? static_cast<int>(sizeof(Channel) * CHAR_BIT) : 0;
    }
    static constexpr hipChannelFormatKind kind() {
        return std::is_floating_point<Channel>::value ? hipChannelFormatKindFloat
               : std::is_signed<Channel>::value       ? hipChannelFormatKindSigned
                                                      : hipChannelFormatKindUnsigned;
    }
};
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline __device__ auto tex1Dfetch(const texture_reference<Type, Dimensions, Mode> &from, int x) -> typename fetched<Type, Mode>::type {
    return tranship::tex1Dfetch<typename fetched<Type, Mode>::type>(from.object, x);
}
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline __device__ auto tex1D(const texture_reference<Type, Dimensions, Mode> &from, float x) -> typename fetched<Type, Mode>::type {
    return tranship::tex1D<typename fetched<Type, Mode>::type>(from.object, x);
}
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline __device__ auto tex2D(const texture_reference<Type, Dimensions, Mode> &from, float x, float y) -> typename fetched<Type, Mode>::type {
    return tranship::tex2D<typename fetched<Type, Mode>::type>(from.object, x, y);
}
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline __device__ auto tex3D(const texture_reference<Type, Dimensions, Mode> &from, float x, float y, float z) ->
    typename fetched<Type, Mode>::type {
    return tranship::tex3D<typename fetched<Type, Mode>::type>(from.object, x, y, z);
}
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline __device__ auto tex1DLayered(const texture_reference<Type, Dimensions, Mode> &from, float x, int layer) ->
    typename fetched<Type, Mode>::type {
    return tranship::tex1DLayered<typename fetched<Type, Mode>::type>(from.object, x, layer);
}
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline __device__ auto tex2DLayered(const texture_reference<Type, Dimensions, Mode> &from, float x, float y, int layer) ->
    typename fetched<Type, Mode>::type {
    return tranship::tex2DLayered<typename fetched<Type, Mode>::type>(from.object, x, y, layer);
}
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline __device__ auto texCubemap(const texture_reference<Type, Dimensions, Mode> &from, float x, float y, float z) ->
    typename fetched<Type, Mode>::type {
    return tranship::texCubemap<typename fetched<Type, Mode>::type>(from.object, x, y, z);
}
