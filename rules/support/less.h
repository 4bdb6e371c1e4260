/// The smaller one of two values, as a function to reduce or scan with.
template <typename T>
struct less {
    __device__ T operator()(T a, T b) const { return b < a ? b : a; }
};
