//! needs: miopen_strides
/// Describes a packed tensor in the order NCHW or NHWC. Other orders return `miopenStatusNotImplemented`.
inline miopenStatus_t set_tensor_descriptor(miopenTensorDescriptor_t tensor, miopenTensorLayout_t order,
                                            miopenDataType_t type, int count, const int *lengths) {
    if (!lengths || count <= 0) return miopenStatusBadParm;
    std::vector<int> sizes(lengths, lengths + count), strides = miopen_strides(order, count, lengths);
    if (strides.empty()) return miopenStatusNotImplemented;
    return miopenSetTensorDescriptor(tensor, type, count, sizes.data(), strides.data());
}
