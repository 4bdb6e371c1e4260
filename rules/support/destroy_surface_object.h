/// Destroys a surface object of `create_surface_object`.
inline hipError_t destroy_surface_object(hipSurfaceObject_t object) { return hipFree(reinterpret_cast<void *>(object)); }
