//! needs: op_tensor_descriptor
//! include: new
/// Makes the descriptor of an operation.
inline miopenStatus_t create_op_tensor_descriptor(op_tensor_descriptor *descriptor) {
    if (!descriptor) return miopenStatusBadParm;
    *descriptor = new (std::nothrow) op_tensor_operation{miopenTensorOpAdd};
    return *descriptor ? miopenStatusSuccess : miopenStatusAllocFailed;
}
