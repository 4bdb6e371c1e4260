/// The bitwise and of two values, as a function to reduce or scan with.
template <typename T>
struct bit_and {
    __device__ T operator()(T a, T b) const { return a & b; }
};
