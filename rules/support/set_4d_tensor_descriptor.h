//! needs: set_tensor_descriptor
/// Describes a packed tensor of four dimensions in the order NCHW or NHWC.
inline miopenStatus_t set_4d_tensor_descriptor(miopenTensorDescriptor_t tensor, miopenTensorLayout_t order,
                                               miopenDataType_t type, int images, int c, int h, int w) {
    const int lengths[] = {images, c, h, w};
    return set_tensor_descriptor(tensor, order, type, 4, lengths);
}
