//! needs: software_array
/// Puts the memory of arrays in place of the arrays of a copy. With an array, the width and the places in it are in texels.
inline hipError_t without_arrays(hipMemcpy3DParms &copy) {
    const software_array *to = software_array::of(copy.dstArray), *from = software_array::of(copy.srcArray);
    if ((copy.dstArray && !to) || (copy.srcArray && !from)) return hipErrorNotSupported;
    const auto fits = [&copy](const software_array &array, const hipPos &place) {
        const size_t rows = array.slice / array.pitch, slices = array.bytes / array.slice;
        return (place.x + copy.extent.width) * array.texel <= array.pitch && place.y + copy.extent.height <= rows &&
               place.z + copy.extent.depth <= slices;
    };
    if ((to && !fits(*to, copy.dstPos)) || (from && !fits(*from, copy.srcPos))) return hipErrorInvalidValue;
    const auto memory = [](const software_array &array) {
        return make_hipPitchedPtr(array.data, array.pitch, array.pitch, array.slice / array.pitch);
    };
    if (to) {
        copy.dstPtr = memory(*to);
        copy.dstPos.x *= to->texel;
    }
    if (from) {
        copy.srcPtr = memory(*from);
        copy.srcPos.x *= from->texel;
    }
    if (to || from) copy.extent.width *= to ? to->texel : from->texel;
    copy.dstArray = nullptr;
    copy.srcArray = nullptr;
    return hipSuccess;
}
