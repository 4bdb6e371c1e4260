/// The device's pointer to pinned memory of the host, of any type.
template <typename Type>
inline hipError_t host_get_device_pointer(Type **device, void *host, unsigned flags) {
    return hipHostGetDevicePointer(reinterpret_cast<void **>(device), host, flags);
}
