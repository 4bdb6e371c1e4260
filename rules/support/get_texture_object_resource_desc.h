//! needs: software_texture
/// The resource of a texture object of `create_texture_object`.
inline hipError_t get_texture_object_resource_desc(hipResourceDesc *resource, hipTextureObject_t object) {
    if (!resource || !object) return hipErrorInvalidValue;
    software_texture made;
    const hipError_t error = hipMemcpy(&made, reinterpret_cast<const void *>(object), sizeof(made), hipMemcpyDeviceToHost);
    if (error == hipSuccess) *resource = made.resource;
    return error;
}
