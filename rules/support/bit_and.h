/// The bitwise and of two values, as an operation for reductions and scans.
template <typename Type>
struct bit_and {
    __device__ Type operator()(Type a, Type b) const { return a & b; }
};
