//! include: miopen/miopen.h
//! include: vector
/// Strides of a packed tensor in the order NCHW or NHWC, for any number of dimensions; empty for another order.
inline std::vector<int> miopen_strides(miopenTensorLayout_t order, int count, const int *lengths) {
    std::vector<int> strides(static_cast<size_t>(count > 0 ? count : 0));
    if (count < 3 && order == miopenTensorNHWC) return {};
    if (order != miopenTensorNCHW && order != miopenTensorNHWC) return {};
    int step = 1;
    const bool channels_last = order == miopenTensorNHWC;
    if (channels_last) {
        strides[1] = 1;
        step = lengths[1];
    }
    for (int at = count - 1; at >= 0; --at) {
        if (channels_last && at == 1) continue;
        strides[static_cast<size_t>(at)] = step;
        step *= lengths[at];
    }
    return strides;
}
