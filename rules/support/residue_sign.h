/// The sign of `a * b + c - r`, computed exactly: -1, 0 or 1. The numbers are finite, and `r` is 0 or the number of double
/// precision that is nearest to `a * b + c`.
inline __device__ int residue_sign(double a, double b, double c, double r) {
#pragma clang fp contract(off)
    if (a == 0.0 || b == 0.0) return c == r ? 0 : c < r ? -1 : 1;
    // All numbers are scaled by the same power of two, so that neither the product nor its rest leaves the range.
    int of_a = 0, of_b = 0, of_c = 0;
    const double x = frexp(a, &of_a), y = frexp(b, &of_b), z = frexp(c, &of_c);
    const int scale = of_a + of_b;
    const double high = x * y;
    const double low = fma(x, y, -high);
    double added = 0.0;
    if (c != 0.0 && of_c > scale + 200) {
        // The product is smaller than any distance of two numbers near `c`.
        return c != r ? (c < r ? -1 : 1) : (high < 0.0 ? -1 : 1);
    }
    if (c != 0.0) added = of_c < scale - 200 ? ldexp(z, -200) : ldexp(c, -scale);
    const double result = -ldexp(r, -scale);
    // The exact sum of four numbers as parts that do not overlap, the largest last: the last part that is not 0 has its sign.
    double part[4] = {low, high, 0.0, 0.0};
    for (int count = 2; count < 4; ++count) {
        double carry = count == 2 ? added : result;
        for (int at = 0; at < count; ++at) {
            const double sum = carry + part[at];
            const double moved = sum - carry;
            part[at] = (carry - (sum - moved)) + (part[at] - moved);
            carry = sum;
        }
        part[count] = carry;
    }
    for (int at = 3; at >= 0; --at) {
        if (part[at] != 0.0) return part[at] < 0.0 ? -1 : 1;
    }
    return 0;
}
