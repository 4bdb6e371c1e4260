/// A CUDA array for GPUs without texture units: rows without padding in the memory of the GPU. An array handle points to this.
struct software_array {
    static constexpr unsigned long long Mark = 0x796172726174726eull;
    /// Distinguishes it from an array of HIP's own, which begins with an address.
    unsigned long long mark;
    char *data;
    /// The extents that the array was created with. Unused extents are 0.
    hipExtent extent;
    size_t pitch, slice, bytes;
    unsigned flags;
    hipChannelFormatDesc format;
    int texel;
    /// The array of a handle; null if the handle is no handle of a software array.
    static software_array *of(hipArray_const_t handle) {
        auto *array = reinterpret_cast<software_array *>(const_cast<void *>(static_cast<const void *>(handle)));
        return array && array->mark == Mark ? array : nullptr;
    }
    /// The address of a place in the array, in bytes, rows and slices.
    char *at(size_t x, size_t y = 0, size_t z = 0) const { return data + x + y * pitch + z * slice; }
};
