/// The smaller of two values, as an operation for reductions and scans.
template <typename T>
struct less {
    __device__ T operator()(T a, T b) const { return b < a ? b : a; }
};
