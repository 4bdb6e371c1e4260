//! include: miopen/miopen.h
//! include: vector
/// The scaling factor at `scale` for a tensor. As in cuDNN, it is a `double` for tensors of `double`, else a `float`.
inline miopenStatus_t miopen_scale(float &to, miopenTensorDescriptor_t tensor, const void *scale) {
    int count = 0;
    if (!scale) return miopenStatusBadParm;
    miopenStatus_t status = miopenGetTensorDescriptorSize(tensor, &count);
    if (status != miopenStatusSuccess) return status;
    std::vector<int> lengths(static_cast<size_t>(count)), strides(static_cast<size_t>(count));
    miopenDataType_t type = miopenFloat;
    status = miopenGetTensorDescriptor(tensor, &type, lengths.data(), strides.data());
    to = type == miopenDouble ? static_cast<float>(*static_cast<const double *>(scale)) : *static_cast<const float *>(scale);
    return status;
}
