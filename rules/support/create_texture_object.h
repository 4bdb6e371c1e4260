//! needs: texture_resource upload_texture
/// Creates a texture object without texture units, for `tranship::tex2D` and its like. Mipmaps, resource views and sRGB are not
/// supported. The call waits for the default stream.
inline hipError_t create_texture_object(hipTextureObject_t *object, const hipResourceDesc *resource,
                                        const hipTextureDesc *texture, const void *view = nullptr) {
    if (!object || !resource || !texture) return hipErrorInvalidValue;
    software_texture made;
    const hipError_t error = texture_resource(made, *resource);
    if (error != hipSuccess) return error;
    if (view || texture->sRGB) return hipErrorNotSupported;
    const bool is_linear_memory = resource->resType == hipResourceTypeLinear;
    const bool is_float = made.kind == hipChannelFormatKindFloat;
    made.texture = *texture;
    made.normalized = texture->normalizedCoords != 0;
    made.scaled = texture->readMode == hipReadModeNormalizedFloat && !is_float && made.bits < 32;
    made.linear = texture->filterMode == hipFilterModeLinear && !is_linear_memory;
    made.plain = !made.scaled && !(is_float && made.bits == 16);
    if (made.linear && !is_float && !made.scaled) return hipErrorInvalidValue;
    for (int at = 0; at < 3; ++at) {
        const hipTextureAddressMode mode = texture->addressMode[at];
        // CUDA repeats a texture only for coordinates from 0 to 1.
        const bool is_clamped = !made.normalized && mode != hipAddressModeBorder;
        made.address[at] = is_linear_memory ? hipAddressModeBorder : is_clamped ? hipAddressModeClamp : mode;
    }
    for (int at = 0; at < 4; ++at) made.border[at] = is_linear_memory ? 0.0f : texture->borderColor[at];
    return upload_texture(reinterpret_cast<void **>(object), made);
}
