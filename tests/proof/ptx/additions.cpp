// Runs the helper for atomic additions on small floats, on numbers at each place of a word. The results are compared with
// those of this file: the number at the address has the sum, its neighbours stay, and the old number is returned.
#include HELPERS

#include <cmath>

// Exact sums of two small floats fit in a double. `keep` is the number of bits behind the leading one.
static double rounded(double sum, int keep, int least) {
    if (sum == 0 || !std::isfinite(sum)) return sum;
    int exponent;
    std::frexp(sum, &exponent);
    const int last = std::max(exponent - 1, least) - keep;
    return std::ldexp(std::nearbyint(std::ldexp(sum, -last)), last);
}

static double value_of(unsigned short bits, int exponent_bits, int keep) {
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = bits >> keep & ((1 << exponent_bits) - 1);
    const double fraction = std::ldexp(double(bits & ((1 << keep) - 1)), -keep);
    const double size = exponent ? std::ldexp(1 + fraction, exponent - bias) : std::ldexp(fraction, 1 - bias);
    return bits & 0x8000 ? -size : size;
}

// Finite numbers of different sizes, the smallest ones among them; their sums are finite too.
static const unsigned short NUMBERS[] = {0x0000, 0x8000, 0x0001, 0x8003, 0x03ff, 0x0400, 0x3c00, 0xbc01, 0x3555, 0x4248,
                                         0xc000, 0x5640, 0x2e66, 0x3bff, 0x1234, 0x9234};

static int failures = 0;

template <typename T> static T made(const unsigned short *bits) {
    T value;
    std::memcpy((void *)&value, bits, sizeof value);
    return value;
}

template <typename T> static void check(const char *name, int exponent_bits, int keep) {
    const int least = 2 - (1 << (exponent_bits - 1));
    const int parts = sizeof(T) / 2;
    int runs = 0;
    for (int place = 0; place < 4; place += parts)
        for (unsigned short old : NUMBERS)
            for (unsigned short add : NUMBERS) {
                alignas(8) unsigned short memory[4] = {0x1111, 0x2222, 0x7777, 0xeeee}, before[4], added[2] = {add, old};
                memory[place] = old;
                if (parts == 2) memory[place + 1] = 0x3c00;
                std::memcpy(before, memory, sizeof memory);
                const T returned = tranship::atomic_add((T *)(memory + place), made<T>(added));
                bool same = !std::memcmp((const void *)&returned, before + place, sizeof(T));
                for (int at = 0; at < 4; ++at) {
                    const bool is_part = at >= place && at < place + parts;
                    if (!is_part) {
                        same &= memory[at] == before[at];
                        continue;
                    }
                    const double a = value_of(before[at], exponent_bits, keep);
                    const double b = value_of(added[at - place], exponent_bits, keep);
                    same &= value_of(memory[at], exponent_bits, keep) == rounded(a + b, keep, least);
                }
                failures += !same;
                ++runs;
                if (!same && failures < 10)
                    std::printf("%s at place %d: %04x + %04x gives %04x\n", name, place, old, add, memory[place]);
            }
    std::printf("%s: %d additions\n", name, runs);
}

int main() {
    check<__half>("half", 5, 10);
    check<__half2>("half2", 5, 10);
    check<__hip_bfloat16>("bfloat16", 8, 7);
    check<__hip_bfloat162>("bfloat162", 8, 7);
    return failures != 0;
}
