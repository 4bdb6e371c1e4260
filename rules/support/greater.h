/// The larger of two values, as an operation for reductions and scans.
template <typename Type>
struct greater {
    __device__ Type operator()(Type a, Type b) const { return a < b ? b : a; }
};
