/// Sets an attribute of a kernel, which can be a function of any type.
template <typename Kernel>
inline hipError_t func_set_attribute(Kernel *kernel, hipFuncAttribute attribute, int value) {
    return hipFuncSetAttribute(reinterpret_cast<const void *>(kernel), attribute, value);
}
