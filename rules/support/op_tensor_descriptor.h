//! include: miopen/miopen.h
/// The operation of `op_tensor`. MIOpen takes the operation itself and has no descriptor of it.
struct op_tensor_operation;
using op_tensor_descriptor = op_tensor_operation *;
struct op_tensor_operation {
    miopenTensorOp_t operation;
};
