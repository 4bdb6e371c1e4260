//! needs: software_texture
/// Copies a description to the memory of the GPU.
inline hipError_t upload_texture(void **object, const software_texture &made) {
    void *there = nullptr;
    hipError_t error = hipMalloc(&there, sizeof(made));
    if (error != hipSuccess) return error;
    error = hipMemcpy(there, &made, sizeof(made), hipMemcpyHostToDevice);
    if (error == hipSuccess) {
        *object = there;
    } else {
        (void)hipFree(there);
    }
    return error;
}
