//! needs: math_type
//! include: miopen/miopen.h
/// MIOpen decides itself which units a convolution uses, so there is nothing to set.
inline miopenStatus_t set_convolution_math_type(miopenConvolutionDescriptor_t convolution, math_type) {
    return convolution ? miopenStatusSuccess : miopenStatusBadParm;
}
