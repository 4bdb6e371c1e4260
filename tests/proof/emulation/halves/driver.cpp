// Calls every function of the converted fixture with the operands of standard input, and prints the bits of the results.
#include FIXTURE

#include <cstdio>

template <typename T> T from_bits(unsigned long long bits) {
    T value;
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

template <typename R, typename T>
void call(const char *name, R (*function)(T, T, T), const unsigned long long (&given)[3]) {
    const R result = function(from_bits<T>(given[0]), from_bits<T>(given[1]), from_bits<T>(given[2]));
    unsigned long long bits = 0;
    std::memcpy(&bits, &result, sizeof(R));
    std::printf("%s %llx %llx %llx %llx\n", name, given[0], given[1], given[2], bits);
}

int main() {
    unsigned long long given[3];
    while (std::scanf("%llx %llx %llx", given, given + 1, given + 2) == 3) {
#define FUNCTION(name) call(#name, name, given);
#include FUNCTIONS
    }
}
