// Runs the atomic functions for a block and for the system on this machine's memory. One thread compares them with the definitions in
// NVIDIA's CUDA C++ Programming Guide, "Atomic Functions". Then several threads change one variable, and no change may be lost.
#include <hip/hip_runtime.h>
// The functions that clang has for HIP, instead of those for one thread.
#undef __hip_atomic_load
#undef __hip_atomic_store
#undef __hip_atomic_fetch_add
#undef __hip_atomic_compare_exchange_strong
#include HELPERS

#include <algorithm>
#include <thread>
#include <vector>

static int failures = 0, results = 0;

template <typename T, typename Ours> static void check(const char *what, T start, T after, Ours ours) {
    alignas(8) T memory = start;
    const T old = ours(&memory);
    ++results;
    if (old == start && memory == after) return;
    if (++failures < 10) std::printf("%s of %g leaves %g instead of %g\n", what, double(start), double(memory), double(after));
}

#define CHECK(function, after) check<T>(#function, old, after, [=](T *at) { return tranship::function(at, value); })

template <typename T> static void numbers(std::vector<T> values) {
    for (T old : values)
        for (T value : values) {
            CHECK(atomicExch_block, value);
            CHECK(atomicAdd_block, T(old + value));
        }
}

template <typename T> static void integers(std::vector<T> values) {
    numbers<T>(values);
    for (T old : values)
        for (T value : values) {
            CHECK(atomicSub_block, T(old - value));
            CHECK(atomicMin_block, std::min(old, value));
            CHECK(atomicMax_block, std::max(old, value));
            CHECK(atomicAnd_block, T(old & value));
            CHECK(atomicOr_block, T(old | value));
            CHECK(atomicXor_block, T(old ^ value));
            for (T expected : values)
                check<T>("atomicCAS_block", old, old == expected ? value : old,
                         [=](T *at) { return tranship::atomicCAS_block(at, expected, value); });
        }
}

static void counters() {
    using T = unsigned;
    const T values[] = {0, 1, 4, 5, 6, 0x7fffffffu, 0xfffffffeu, 0xffffffffu};
    for (T old : values)
        for (T value : values) {
            const T up = old >= value ? 0 : old + 1, down = old == 0 || old > value ? value : old - 1;
            CHECK(atomicInc_block, up);
            CHECK(atomicInc_system, up);
            CHECK(atomicDec_block, down);
            CHECK(atomicDec_system, down);
        }
}

static const unsigned THREADS = 4, ROUNDS = 20000, LIMIT = 1000;

// Every thread calls `change`, which counts from `start` through LIMIT + 1 values and returns the one before it.
template <typename Change> static void together(const char *what, Change change) {
    unsigned memory = 0;
    std::vector<std::thread> threads;
    std::vector<unsigned> times[THREADS];
    for (auto &mine : times)
        threads.emplace_back([&memory, &mine, change] {
            mine.resize(LIMIT + 1);
            for (unsigned at = 0; at < ROUNDS; ++at) ++mine[change(&memory)];
        });
    for (auto &thread : threads) thread.join();
    for (unsigned value = 0; value <= LIMIT; ++value) {
        unsigned seen = 0;
        for (auto &mine : times) seen += mine[value];
        // Each value comes equally often, and those of the last, unfinished count once more.
        const unsigned least = THREADS * ROUNDS / (LIMIT + 1);
        ++results;
        if (seen != least && seen != least + 1 && ++failures < 10) std::printf("%s: %u was seen %u times\n", what, value, seen);
    }
}

int main() {
    integers<int>({0, 1, -1, 5, -7, 0x7fffffff, -0x7fffffff - 1});
    integers<unsigned>({0, 1, 5, 0x80000000u, 0xffffffffu});
    integers<unsigned long long>({0, 1, 5, 1ull << 63, ~0ull});
    numbers<float>({0.f, 1.f, -2.5f, 16777216.f, 1e30f});
    counters();
    together("atomicInc_block", [](unsigned *at) { return tranship::atomicInc_block(at, LIMIT); });
    together("atomicInc_system", [](unsigned *at) { return tranship::atomicInc_system(at, LIMIT); });
    together("atomicDec_block", [](unsigned *at) { return tranship::atomicDec_block(at, LIMIT); });
    together("atomicDec_system", [](unsigned *at) { return tranship::atomicDec_system(at, LIMIT); });
    std::printf("atomic functions with a scope: %d results\n", results);
    return failures != 0;
}
