//! needs: round_directed
/// The sum rounded down (`direction` -1), toward zero (0) or up (1).
inline __device__ float add_directed(double a, double b, int direction) {
#pragma clang fp contract(off)
    const double sum = a + b;
    // A sum of two numbers that cancel is -0 only if it is rounded down.
    if (sum == 0.0 && __builtin_signbit(a) != __builtin_signbit(b)) return direction < 0 ? -0.0f : 0.0f;
    const double part = sum - a;
    return round_directed(sum, (a - (sum - part)) + (b - part), direction);
}
