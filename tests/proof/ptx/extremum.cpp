// Runs the helpers for `min` and `max` on edge values. The type of each result is that of CUDA's overload in
// crt/math_functions.h (12.4). The value is that of the plain comparison in this type, and of `fmin` and `fmax` for floating point.
#include HELPERS

#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

static long runs = 0, failures = 0;

template <typename R> static bool same(R a, R b) { return a == b || (a != a && b != b); }

template <typename T> static std::vector<T> numbers() {
    using L = std::numeric_limits<T>;
    std::vector<T> all{T(0), T(1), T(-1), L::max(), L::lowest(), T(L::max() / 2), T(7.25)};
    if (L::has_quiet_NaN) all.push_back(L::quiet_NaN());
    return all;
}

template <typename R, typename A, typename B> static void check(const char *name) {
    static_assert(std::is_same<decltype(tranship::min_of(A(), B())), R>::value, "the type of CUDA's min");
    static_assert(std::is_same<decltype(tranship::max_of(A(), B())), R>::value, "the type of CUDA's max");
    for (const A a : numbers<A>())
        for (const B b : numbers<B>()) {
            const R x = a, y = b;
            const bool is_float = std::is_floating_point<R>::value;
            const R low = is_float ? R(std::fmin(x, y)) : x < y ? x : y, high = is_float ? R(std::fmax(x, y)) : x > y ? x : y;
            runs += 2;
            if (same(R(tranship::min_of(a, b)), low) && same(R(tranship::max_of(a, b)), high)) continue;
            if (++failures < 20) std::printf("%s(%g, %g)\n", name, double(a), double(b));
        }
}

/// A type with functions of its own, which the helpers call.
struct Own {
    int number;
};
static Own min(const Own &a, const Own &) { return a; }
static Own max(const Own &, const Own &b) { return b; }

int main() {
    using U = unsigned;
    using L = long;
    using UL = unsigned long;
    using LL = long long;
    using ULL = unsigned long long;
    check<int, int, int>("int");
    check<U, U, U>("unsigned");
    check<U, int, U>("int and unsigned");
    check<U, U, int>("unsigned and int");
    check<L, L, L>("long");
    check<UL, UL, UL>("unsigned long");
    check<UL, L, UL>("long and unsigned long");
    check<UL, UL, L>("unsigned long and long");
    check<LL, LL, LL>("long long");
    check<ULL, ULL, ULL>("unsigned long long");
    check<ULL, LL, ULL>("long long and unsigned long long");
    check<ULL, ULL, LL>("unsigned long long and long long");
    check<float, float, float>("float");
    check<double, double, double>("double");
    check<double, float, double>("float and double");
    check<double, double, float>("double and float");
    check<int, short, unsigned char>("short and unsigned char");
    if (tranship::min_of(Own{1}, Own{2}).number != 1 || tranship::max_of(Own{1}, Own{2}).number != 2) ++failures;
    std::printf("%ld results of min and max, %ld differ\n", runs, failures);
    return failures ? 1 : 0;
}
