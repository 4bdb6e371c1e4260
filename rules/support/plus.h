/// The sum of two values, as an operation for reductions and scans.
template <typename Type>
struct plus {
    __device__ Type operator()(Type a, Type b) const { return a + b; }
};
