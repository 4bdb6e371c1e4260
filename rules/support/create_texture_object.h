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
    for (int at = 0; at < 4; ++at) {
        float colour = is_linear_memory ? 0.0f : texture->borderColor[at];
        if (made.scaled) {
            // The colour is a number of the format of the texels.
            const bool is_signed = made.kind == hipChannelFormatKindSigned;
            const float most = static_cast<float>((1 << (made.bits - (is_signed ? 1 : 0))) - 1);
            colour = rintf(fminf(fmaxf(colour, is_signed ? -1.0f : 0.0f), 1.0f) * most) / most;
        } else if (is_float && made.bits == 16) {
            // A half has ten bits behind the first one, and steps of 2^-24 below 2^-14.
            int exponent = 0;
            (void)frexpf(colour, &exponent);
            const int step = exponent < -13 ? -24 : exponent - 11;
            colour = ldexpf(truncf(ldexpf(colour, -step)), step);
        }
        made.border[at] = colour;
    }
    return upload_texture(reinterpret_cast<void **>(object), made);
}
