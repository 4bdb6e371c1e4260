//! needs: mutable_reference
/// CUDA's `cudaBindTextureToArray` without texture units. The array has its format, so the format is not read.
template <typename Reference> inline hipError_t bind_texture_to_array(const Reference &to, hipArray_const_t array) {
    hipResourceDesc resource = hipResourceDesc();
    resource.resType = hipResourceTypeArray;
    resource.res.array.array = const_cast<hipArray_t>(array);
    return mutable_reference(to).bind(resource);
}
template <typename Reference, typename Format>
inline hipError_t bind_texture_to_array(const Reference &to, hipArray_const_t array, const Format &) {
    return tranship::bind_texture_to_array(to, array);
}
