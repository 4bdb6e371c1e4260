//! needs: op_tensor_descriptor
/// The type of the computation and the option for NaN have no counterpart in MIOpen.
inline miopenStatus_t set_op_tensor_descriptor(op_tensor_descriptor descriptor, miopenTensorOp_t operation,
                                               miopenDataType_t, miopenNanPropagation_t) {
    if (!descriptor) return miopenStatusBadParm;
    descriptor->operation = operation;
    return miopenStatusSuccess;
}
