/// The smaller of two values, as an operation for reductions and scans.
template <typename Type>
struct less {
    __device__ Type operator()(Type a, Type b) const { return b < a ? b : a; }
};
