//! needs: software_texture
/// The texture description of a texture object of `create_texture_object`.
inline hipError_t get_texture_object_texture_desc(hipTextureDesc *texture, hipTextureObject_t object) {
    if (!texture || !object) return hipErrorInvalidValue;
    software_texture made;
    const hipError_t error = hipMemcpy(&made, reinterpret_cast<const void *>(object), sizeof(made), hipMemcpyDeviceToHost);
    if (error == hipSuccess) *texture = made.texture;
    return error;
}
