/// The sum of two values, as a function to reduce or scan with.
template <typename T>
struct plus {
    __device__ T operator()(T a, T b) const { return a + b; }
};
