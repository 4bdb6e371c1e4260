/// The larger of two values, as an operation for reductions and scans.
template <typename T>
struct greater {
    __device__ T operator()(T a, T b) const { return a < b ? b : a; }
};
