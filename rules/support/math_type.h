/// Which units a convolution of cuDNN may use. MIOpen decides this itself.
enum class math_type { standard, tensor, tensor_with_conversion, fma };
