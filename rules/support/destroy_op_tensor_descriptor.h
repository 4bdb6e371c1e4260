//! needs: op_tensor_descriptor
/// Frees the descriptor of an operation.
inline miopenStatus_t destroy_op_tensor_descriptor(op_tensor_descriptor descriptor) {
    delete descriptor;
    return miopenStatusSuccess;
}
