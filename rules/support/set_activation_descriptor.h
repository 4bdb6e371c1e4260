//! include: miopen/miopen.h
/// Describes an activation by the one coefficient of cuDNN: the ceiling of a clipped ReLU, or the alpha of ELU.
inline miopenStatus_t set_activation_descriptor(miopenActivationDescriptor_t activation, miopenActivationMode_t mode,
                                                double coefficient) {
    // MIOpen's tanh is `beta * tanh(alpha * x)`.
    const double alpha = mode == miopenActivationTANH ? 1.0 : coefficient;
    return miopenSetActivationDescriptor(activation, mode, alpha, 1.0, 1.0);
}
