/// The sum of two values, as an operation for reductions and scans.
template <typename T>
struct plus {
    __device__ T operator()(T a, T b) const { return a + b; }
};
