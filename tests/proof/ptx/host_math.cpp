// Runs the helpers for mathematical functions of CUDA on the host. The references are computed with more digits: `long double` of
// x86 has 64 bits, and pi times a multiple of a quarter of a turn is reduced exactly before.
#include HELPERS

#include <cmath>
#include <cstdio>
#include <random>

static long runs = 0, failures = 0;
static double worst = 0;

/// Checks a result. The difference is counted in units of the last place of the reference.
template <typename T> static void check(const char *name, T x, T result, long double right, double most) {
    ++runs;
    const T near = static_cast<T>(right);
    bool is_right = std::isnan(near) ? std::isnan(result) : near == result && std::signbit(near) == std::signbit(result);
    if (!is_right && std::isfinite(near) && std::isfinite(result) && result != 0) {
        const T unit = std::nextafter(std::fabs(near), T(INFINITY)) - std::fabs(near);
        const double off = static_cast<double>(std::fabs(result - right) / unit);
        worst = off > worst ? off : worst;
        is_right = off <= most;
    }
    if (!is_right && ++failures < 20) std::printf("%s(%.17g) = %.17g, not %.17Lg\n", name, double(x), double(result), right);
}

/// The sine of pi times `x`: whole and half turns are taken off first, which is exact.
static long double sine_of_turns(long double x) {
    if (!std::isfinite(x)) return NAN;
    const long double pi = 3.14159265358979323846264338327950288L;
    const long double rest = std::fmod(std::fabs(x), 2.0L);
    const long double half = rest >= 1 ? rest - 1 : rest;
    const long double low = half > 0.5L ? 1 - half : half;
    const long double value = low == 0 ? 0 : low > 0.25L ? std::cos(pi * (0.5L - low)) : std::sin(pi * low);
    return value == 0 ? std::copysign(0.0L, x) : (rest >= 1) != std::signbit(x) ? -value : value;
}

static long double cosine_of_turns(long double x) {
    if (!std::isfinite(x)) return NAN;
    const long double rest = std::fmod(std::fabs(x), 2.0L);
    const long double value = sine_of_turns(rest < 0.5L ? 0.5L - rest : rest < 1.5L ? -(rest - 0.5L) : rest - 1.5L);
    return value == 0 ? 0 : value;
}

template <typename T> static void values(T x) {
    T sine, cosine;
    tranship::sincospi(x, &sine, &cosine);
    check("sincospi, sine", x, sine, sine_of_turns(x), 1.6);
    check("sincospi, cosine", x, cosine, cosine_of_turns(x), 1.6);
    check("sinpi", x, tranship::sinpi(x), sine_of_turns(x), 1.6);
    check("cospi", x, tranship::cospi(x), cosine_of_turns(x), 1.6);
    check("rsqrt", x, tranship::rsqrt(x), 1 / std::sqrt(static_cast<long double>(x)), 1.6);
    // The cube root of the C library may be off by several units itself.
    check("rcbrt", x, tranship::rcbrt(x), 1 / std::cbrt(static_cast<long double>(x)), 4.5);
    // Below, the result has fewer digits than a normal number.
    const T least = sizeof(T) == 4 ? T(-12.5) : T(-37);
    if (!(x < least)) {
        const long double right = 0.5L * std::erfc(-static_cast<long double>(x) * 0.70710678118654752440084436210484903928L);
        check("normcdf", x, tranship::normcdf(x), right, 2.6);
    }
}

int main() {
    for (const double x : {0.0, -0.0, 0.25, -0.25, 0.5, -0.5, 0.75, 1.0, -1.0, 1.25, 1.5, -1.5, 1.75, 2.0, -2.0, 2.5, 3.0, 1e-300, 1e300,
                           1e15 + 0.5, 9007199254740993.0, (double)INFINITY, -(double)INFINITY, (double)NAN}) {
        values(x);
        values(static_cast<float>(x));
    }
    std::mt19937_64 source(12);
    for (int at = 0; at < 20000; ++at) {
        const double x = std::ldexp(std::uniform_real_distribution<>(-1, 1)(source), int(source() % 40) - 20);
        values(x);
        values(static_cast<float>(x));
    }
    const float f = 0.3f;
    float sine, cosine;
    tranship::sincospif(f, &sine, &cosine);
    check("sincospif", f, sine, sine_of_turns(f), 1.0);
    check("sincospif", f, cosine, cosine_of_turns(f), 1.0);
    check("sinpif", f, tranship::sinpif(f), sine_of_turns(f), 1.0);
    check("cospif", f, tranship::cospif(f), cosine_of_turns(f), 1.0);
    check("rsqrtf", f, tranship::rsqrtf(f), 1 / std::sqrt((long double)f), 1.0);
    check("rcbrtf", f, tranship::rcbrtf(f), 1 / std::cbrt((long double)f), 1.0);
    check("normcdff", f, tranship::normcdff(f), 0.5L * std::erfc(-(long double)f / std::sqrt(2.0L)), 1.0);
    std::printf("%ld results of mathematical functions on the host, %ld differ, at most %.2f units of the last place\n", runs, failures,
                worst);
    return failures ? 1 : 0;
}
