//! needs: software_texture software_array texture_format
/// Reads a resource. Mipmapped arrays, and arrays that `malloc_array` or `malloc_3d_array` did not make, are not supported.
inline hipError_t texture_resource(software_texture &to, const hipResourceDesc &from) {
    const auto count = [](size_t extent) { return static_cast<int>(extent > 0 ? extent : 1); };
    to = software_texture();
    to.resource = from;
    if (from.resType == hipResourceTypeLinear) {
        if (!texture_format(to, from.res.linear.desc)) return hipErrorInvalidValue;
        to.data = static_cast<char *>(from.res.linear.devPtr);
        to.width = static_cast<int>(from.res.linear.sizeInBytes / to.texel);
        to.height = to.depth = 1;
        to.pitch = to.slice = from.res.linear.sizeInBytes;
    } else if (from.resType == hipResourceTypePitch2D) {
        if (!texture_format(to, from.res.pitch2D.desc)) return hipErrorInvalidValue;
        to.data = static_cast<char *>(from.res.pitch2D.devPtr);
        to.width = count(from.res.pitch2D.width);
        to.height = count(from.res.pitch2D.height);
        to.depth = 1;
        to.pitch = from.res.pitch2D.pitchInBytes;
        to.slice = to.pitch * to.height;
    } else {
        if (from.resType != hipResourceTypeArray) return hipErrorNotSupported;
        const software_array *array = software_array::of(from.res.array.array);
        if (!array) return hipErrorNotSupported;
        if (!texture_format(to, array->format)) return hipErrorInvalidValue;
        to.data = array->data;
        to.width = count(array->extent.width);
        to.height = count(array->extent.height);
        to.depth = count(array->extent.depth);
        to.pitch = array->pitch;
        to.slice = array->slice;
    }
    return to.data ? hipSuccess : hipErrorInvalidValue;
}
