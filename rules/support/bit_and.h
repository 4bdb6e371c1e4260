/// The bitwise and of two values, as an operation for reductions and scans.
template <typename T>
struct bit_and {
    __device__ T operator()(T a, T b) const { return a & b; }
};
