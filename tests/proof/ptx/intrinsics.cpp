// Runs the helpers for rounding, extrema, means and conversions on edge values. The references are the processor's own rounding
// modes, and plain arithmetic on wider integers. They share no code with the helpers.
#include HELPERS

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

static long failures = 0, runs = 0;

// Counts a difference, which is printed. Twenty are enough.
static bool is_shown() {
    if (++failures == 20) std::exit(1);
    return true;
}

template <typename T> static bool same(T a, T b) { return (a != a && b != b) || std::memcmp(&a, &b, sizeof a) == 0; }

template <typename T> static void expect(const char *name, T is, T should, double a, double b, double c) {
    ++runs;
    if (!same(is, should) && is_shown()) std::printf("%s(%a, %a, %a): %a, not %a\n", name, a, b, c, (double)is, (double)should);
}

// The operations of the processor in the mode that is set. Volatile operands keep them where they are.
template <typename T> struct In {
    static T add(T a, T b) { volatile T x = a, y = b; return x + y; }
    static T sub(T a, T b) { volatile T x = a, y = b; return x - y; }
    static T mul(T a, T b) { volatile T x = a, y = b; return x * y; }
    static T div(T a, T b) { volatile T x = a, y = b; return x / y; }
    static T root(T a) { volatile T x = a; return std::sqrt(x); }
    static T fma(T a, T b, T c) { volatile T x = a, y = b, z = c; return std::fma(x, y, z); }
};

template <typename T> static std::vector<T> numbers() {
    using L = std::numeric_limits<T>;
    std::vector<T> all{T(0), L::denorm_min(), 3 * L::denorm_min(), L::min(), L::min() - L::denorm_min(), L::min() * 3, L::max(),
                       L::max() / 2, L::max() / 3, T(1), T(1) + L::epsilon(), T(1) - L::epsilon() / 2, T(2), T(3), T(1) / 3, T(10),
                       T(0.1), T(1e10), T(1e-10), std::sqrt(L::max()), std::sqrt(L::min()), L::infinity(), L::epsilon(), T(7) / 5};
    std::mt19937_64 random(7);
    for (int at = 0; at < 40; ++at) {
        const int exponent = int(random() % (L::max_exponent - L::min_exponent + L::digits)) + L::min_exponent - L::digits;
        all.push_back(std::ldexp(T(random() >> 11), exponent - 53));
    }
    for (int at = 0; at < 24; ++at) all.push_back(T(random() >> 11) * T(0x1p-52) * T(1 << at % 4));
    const size_t half = all.size();
    for (size_t at = 0; at < half; ++at) all.push_back(-all[at]);
    all.push_back(L::quiet_NaN());
    return all;
}

template <typename T>
static void directed(const char *name, int mode, T (*rcp)(T), T (*root)(T), T (*add)(T, T), T (*sub)(T, T), T (*mul)(T, T),
                     T (*div)(T, T), T (*fma)(T, T, T)) {
    const std::vector<T> all = numbers<T>();
    auto in_mode = [&](auto &&compute) {
        std::fesetround(mode);
        volatile T result = compute();
        std::fesetround(FE_TONEAREST);
        return T(result);
    };
    std::mt19937 random(3);
    for (T a : all) {
        expect<T>(name, rcp(a), in_mode([&] { return In<T>::div(1, a); }), a, 0, 1);
        expect<T>(name, root(a), in_mode([&] { return In<T>::root(a); }), a, 0, 2);
        for (T b : all) {
            expect<T>(name, add(a, b), in_mode([&] { return In<T>::add(a, b); }), a, b, 3);
            expect<T>(name, sub(a, b), in_mode([&] { return In<T>::sub(a, b); }), a, b, 4);
            expect<T>(name, mul(a, b), in_mode([&] { return In<T>::mul(a, b); }), a, b, 5);
            expect<T>(name, div(a, b), in_mode([&] { return In<T>::div(a, b); }), a, b, 6);
            std::vector<T> third{T(0), -T(0), -a * b, std::nextafter(-a * b, T(1)), std::numeric_limits<T>::denorm_min()};
            for (int at = 0; at < 6; ++at) third.push_back(all[random() % all.size()]);
            for (T c : third) expect<T>(name, fma(a, b, c), in_mode([&] { return In<T>::fma(a, b, c); }), a, b, c);
        }
    }
}

#define DIRECTED(type, p, f, suffix, mode)                                                                                       \
    directed<type>(#p " " #suffix, mode, [](type a) { return tranship::p##rcp_##suffix(a); },                                     \
                   [](type a) { return tranship::p##sqrt_##suffix(a); },                                                          \
                   [](type a, type b) { return tranship::p##add_##suffix(a, b); },                                                \
                   [](type a, type b) { return tranship::p##sub_##suffix(a, b); },                                                \
                   [](type a, type b) { return tranship::p##mul_##suffix(a, b); },                                                \
                   [](type a, type b) { return tranship::p##div_##suffix(a, b); },                                                \
                   [](type a, type b, type c) { return tranship::f##_##suffix(a, b, c); })

// The parts of a word, and a word of parts.
template <typename Part, typename Op> static unsigned parts(unsigned a, unsigned b, unsigned c, Op op) {
    const int bits = 8 * sizeof(Part);
    unsigned long long word = 0;
    for (int at = 0; at < 32 / bits; ++at)
        word |= ((unsigned long long)op((long long)Part(a >> at * bits), (long long)Part(b >> at * bits), (long long)Part(c >> at * bits)) &
                 ((1ull << bits) - 1)) << at * bits;
    return unsigned(word);
}
template <typename Part> static long long low(long long sum) { return (long long)Part(sum); }

template <typename T> static void integer(const char *name, T is, T should, unsigned a, unsigned b, unsigned c) {
    ++runs;
    if (is != should && is_shown()) std::printf("%s(%x, %x, %x): %x, not %x\n", name, a, b, c, unsigned(is), unsigned(should));
}

static void extrema() {
    std::vector<unsigned> words{0, 1, 0xffffffffu, 0x7fffffffu, 0x80000000u, 0x80008000u, 0x7fff7fffu, 0x00010001u, 0xffff0000u,
                                0x8000ffffu, 0x7f80817eu, 0x01ff00feu};
    std::mt19937 random(5);
    for (int at = 0; at < 20; ++at) words.push_back(random());
    auto most = [](long long a, long long b) { return a > b ? a : b; };
    auto least = [](long long a, long long b) { return a > b ? b : a; };
    for (unsigned a : words)
        for (unsigned b : words) {
            bool p = false, q = false;
            integer("vavgs2", tranship::vavgs2(a, b), parts<short>(a, b, 0, [](long long x, long long y, long long) { return (long long)std::floor((x + y) / 2.0 + (x + y >= 0 ? 0.5 : 0.0)); }), a, b, 0);
            integer("vavgs4", tranship::vavgs4(a, b), parts<signed char>(a, b, 0, [](long long x, long long y, long long) { return (long long)std::floor((x + y) / 2.0 + (x + y >= 0 ? 0.5 : 0.0)); }), a, b, 0);
#define PAIR(ext, pick, better)                                                                                                   \
    integer(#ext " relu", tranship::vi##ext##_s32_relu(a, b), int(most(0, pick(int(a), int(b)))), a, b, 0);                       \
    integer(#ext " relu 2", tranship::vi##ext##_s16x2_relu(a, b), parts<short>(a, b, 0, [&](long long x, long long y, long long) { return most(0, pick(x, y)); }), a, b, 0); \
    integer("vib" #ext, tranship::vib##ext##_s32(a, b, &p), int(pick(int(a), int(b))), a, b, 0);                                  \
    integer("vib" #ext " p", p, int(a) better int(b), a, b, 0);                                                                   \
    integer("vib" #ext "u", tranship::vib##ext##_u32(a, b, &p), unsigned(pick(a, b)), a, b, 0);                                   \
    integer("vib" #ext "u p", p, a better b, a, b, 0);                                                                            \
    integer("vib" #ext " 2", tranship::vib##ext##_s16x2(a, b, &p, &q), parts<short>(a, b, 0, [&](long long x, long long y, long long) { return pick(x, y); }), a, b, 0); \
    integer("vib" #ext " 2 p", p * 2 + q, (short(a >> 16) better short(b >> 16)) * 2 + (short(a) better short(b)), a, b, 0);      \
    integer("vib" #ext " u2", tranship::vib##ext##_u16x2(a, b, &p, &q), parts<unsigned short>(a, b, 0, [&](long long x, long long y, long long) { return pick(x, y); }), a, b, 0); \
    integer("vib" #ext " u2 p", p * 2 + q, ((a >> 16) better (b >> 16)) * 2 + ((a & 65535) better (b & 65535)), a, b, 0);
            PAIR(max, most, >=)
            PAIR(min, least, <=)
            for (unsigned c : words) {
#define TRIPLE(ext, pick)                                                                                                         \
    integer("3" #ext, tranship::vi##ext##3_s32(a, b, c), int(pick(int(a), pick(int(b), int(c)))), a, b, c);                       \
    integer("3" #ext "u", tranship::vi##ext##3_u32(a, b, c), unsigned(pick(a, pick(b, c))), a, b, c);                             \
    integer("3" #ext " relu", tranship::vi##ext##3_s32_relu(a, b, c), int(most(0, pick(int(a), pick(int(b), int(c))))), a, b, c); \
    integer("3" #ext " 2", tranship::vi##ext##3_s16x2(a, b, c), parts<short>(a, b, c, [&](long long x, long long y, long long z) { return pick(x, pick(y, z)); }), a, b, c); \
    integer("3" #ext " u2", tranship::vi##ext##3_u16x2(a, b, c), parts<unsigned short>(a, b, c, [&](long long x, long long y, long long z) { return pick(x, pick(y, z)); }), a, b, c); \
    integer("3" #ext " 2 relu", tranship::vi##ext##3_s16x2_relu(a, b, c), parts<short>(a, b, c, [&](long long x, long long y, long long z) { return most(0, pick(x, pick(y, z))); }), a, b, c); \
    integer("add" #ext, tranship::viadd##ext##_s32(a, b, c), int(pick(low<int>((long long)int(a) + int(b)), int(c))), a, b, c);  \
    integer("add" #ext " relu", tranship::viadd##ext##_s32_relu(a, b, c), int(most(0, pick(low<int>((long long)int(a) + int(b)), int(c)))), a, b, c); \
    integer("add" #ext "u", tranship::viadd##ext##_u32(a, b, c), unsigned(pick(low<unsigned>((long long)a + b), c)), a, b, c);    \
    integer("add" #ext " 2", tranship::viadd##ext##_s16x2(a, b, c), parts<short>(a, b, c, [&](long long x, long long y, long long z) { return pick(low<short>(x + y), z); }), a, b, c); \
    integer("add" #ext " u2", tranship::viadd##ext##_u16x2(a, b, c), parts<unsigned short>(a, b, c, [&](long long x, long long y, long long z) { return pick(low<unsigned short>(x + y), z); }), a, b, c); \
    integer("add" #ext " 2 relu", tranship::viadd##ext##_s16x2_relu(a, b, c), parts<short>(a, b, c, [&](long long x, long long y, long long z) { return most(0, pick(low<short>(x + y), z)); }), a, b, c);
                TRIPLE(max, most)
                TRIPLE(min, least)
            }
        }
}

template <typename To> static To limited(double whole) {
    if (whole != whole) return sizeof(To) == 8 ? To(1ull << 63) : To(0);
    if (whole >= std::ldexp(1.0, 8 * sizeof(To) - (To(-1) < To(0)))) return std::numeric_limits<To>::max();
    return whole <= double(std::numeric_limits<To>::min()) ? std::numeric_limits<To>::min() : To(whole);
}

template <typename To> static void whole(const char *name, To is, double should, unsigned bits) {
    ++runs;
    if (is != limited<To>(should) && is_shown()) std::printf("%s(%x): %lld, not %lld\n", name, bits, (long long)is, (long long)limited<To>(should));
}

static void conversions() {
    for (unsigned bits = 0; bits < 65536; ++bits) {
        const __hip_bfloat16 x{(unsigned short)bits};
        const unsigned wide = bits << 16;
        float value;
        std::memcpy(&value, &wide, 4);
        const double v = value;
#define WHOLE(name, type)                                                                                                         \
    whole<type>(#name "_rn", tranship::bfloat162##name##_rn(x), std::nearbyint(v), bits);                                         \
    whole<type>(#name "_rz", tranship::bfloat162##name##_rz(x), std::trunc(v), bits);                                             \
    whole<type>(#name "_rd", tranship::bfloat162##name##_rd(x), std::floor(v), bits);                                             \
    whole<type>(#name "_ru", tranship::bfloat162##name##_ru(x), std::ceil(v), bits);
        WHOLE(int, int)
        WHOLE(uint, unsigned)
        WHOLE(ll, long long)
        WHOLE(ull, unsigned long long)
        WHOLE(short, short)
        WHOLE(ushort, unsigned short)
        whole<signed char>("char_rz", tranship::bfloat162char_rz(x), std::trunc(v), bits);
        whole<unsigned char>("uchar_rz", tranship::bfloat162uchar_rz(x), std::trunc(v), bits);
    }
}

/// The amounts of all bfloat16 numbers from zero to infinity, by their bits.
static std::vector<long double> bfloat16_amounts() {
    std::vector<long double> all;
    for (unsigned bits = 0; bits <= 0x7f80; ++bits) {
        const unsigned wide = bits << 16;
        float value;
        std::memcpy(&value, &wide, 4);
        all.push_back(value);
    }
    return all;
}

/// The bits of the bfloat16 number next to `value`, searched among all of them. `how` is 'n', 'z', 'd' or 'u'.
static unsigned nearest_bfloat16(long double value, char how) {
    static const std::vector<long double> all = bfloat16_amounts();
    const bool negative = std::signbit(value);
    const long double amount = negative ? -value : value;
    const unsigned low = unsigned(std::upper_bound(all.begin(), all.end(), amount) - all.begin()) - 1;
    unsigned found = low;
    if (all[low] != amount) {
        const long double below = amount - all[low], above = all[low + 1] - amount;
        const bool up = how == 'n' ? above < below || (above == below && low % 2) : how == (negative ? 'd' : 'u');
        found += up;
    }
    return found | (negative ? 0x8000u : 0u);
}

static void expect_bfloat16(const char *name, __hip_bfloat16 is, long double value, char how) {
    unsigned short bits;
    std::memcpy(&bits, &is, 2);
    const unsigned should = value != value ? 0x7fff : nearest_bfloat16(value, how);
    ++runs;
    if (bits != should && is_shown()) std::printf("%s(%Lg): %04x, not %04x\n", name, value, bits, should);
}

static void to_bfloat16() {
    std::vector<unsigned long long> words{0, 1, 127, 128, 255, 256, 257, 258, 259, 383, 384, 385, 511, 512, 513, 514, 515, 65535};
    for (int top = 8; top < 64; ++top)
        for (unsigned long long low : {0ull, 1ull, 3ull})
            for (unsigned head = 128; head < 256; head += 3) {
                const unsigned long long number = (1ull * head << (top - 7)), half = 1ull << (top - 8);
                for (unsigned long long rest : {0ull, 1ull, half - 1, half, half + 1, 2 * half - 1}) words.push_back(number + rest + low);
            }
    for (const unsigned long long word : std::vector<unsigned long long>(words)) words.push_back(0 - word);
#define WHOLE_TO(name, type)                                                                                                      \
    for (const unsigned long long word : words) {                                                                                 \
        const type value = static_cast<type>(word);                                                                               \
        expect_bfloat16(#name "_rn", tranship::name##2bfloat16_rn(value), value, 'n');                                            \
        expect_bfloat16(#name "_rz", tranship::name##2bfloat16_rz(value), value, 'z');                                            \
        expect_bfloat16(#name "_rd", tranship::name##2bfloat16_rd(value), value, 'd');                                            \
        expect_bfloat16(#name "_ru", tranship::name##2bfloat16_ru(value), value, 'u');                                            \
    }
    WHOLE_TO(int, int)
    WHOLE_TO(uint, unsigned)
    WHOLE_TO(short, short)
    WHOLE_TO(ushort, unsigned short)
    WHOLE_TO(ll, long long)
    WHOLE_TO(ull, unsigned long long)
    std::vector<float> floats = numbers<float>();
    for (const unsigned long long word : words) floats.push_back(static_cast<float>(word));
    for (const float value : floats) {
        expect_bfloat16("float_rz", tranship::float2bfloat16_rz(value), value, 'z');
        expect_bfloat16("float_rd", tranship::float2bfloat16_rd(value), value, 'd');
        expect_bfloat16("float_ru", tranship::float2bfloat16_ru(value), value, 'u');
    }
}

int main() {
    DIRECTED(float, f, fmaf, rd, FE_DOWNWARD);
    DIRECTED(float, f, fmaf, rz, FE_TOWARDZERO);
    DIRECTED(float, f, fmaf, ru, FE_UPWARD);
    DIRECTED(double, d, fma, rd, FE_DOWNWARD);
    DIRECTED(double, d, fma, rz, FE_TOWARDZERO);
    DIRECTED(double, d, fma, ru, FE_UPWARD);
    extrema();
    conversions();
    to_bfloat16();
    std::printf("%ld results of device functions, %ld differ\n", runs, failures);
    return failures ? 1 : 0;
}
