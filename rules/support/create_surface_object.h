//! needs: texture_resource upload_texture
/// Creates a surface object without texture units, of an array of `malloc_array` or `malloc_3d_array`.
inline hipError_t create_surface_object(hipSurfaceObject_t *object, const hipResourceDesc *resource) {
    if (!object || !resource || resource->resType != hipResourceTypeArray) return hipErrorInvalidValue;
    software_texture made;
    const hipError_t error = texture_resource(made, *resource);
    return error == hipSuccess ? upload_texture(reinterpret_cast<void **>(object), made) : error;
}
