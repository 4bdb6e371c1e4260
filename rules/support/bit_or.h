/// The bitwise or of two values, as a function to reduce or scan with.
template <typename T>
struct bit_or {
    __device__ T operator()(T a, T b) const { return a | b; }
};
