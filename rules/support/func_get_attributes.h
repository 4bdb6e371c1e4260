/// The attributes of a kernel, which can be a function of any type.
template <typename Kernel>
inline hipError_t func_get_attributes(hipFuncAttributes *attributes, Kernel *kernel) {
    return hipFuncGetAttributes(attributes, reinterpret_cast<const void *>(kernel));
}
