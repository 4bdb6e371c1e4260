/// Destroys a texture object of `create_texture_object`.
inline hipError_t destroy_texture_object(hipTextureObject_t object) { return hipFree(reinterpret_cast<void *>(object)); }
