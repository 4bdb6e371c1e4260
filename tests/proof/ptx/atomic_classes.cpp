// Runs the classes `atomic` and `atomic_ref` on this machine's memory. One thread compares every member with `std::atomic_ref`, and
// with the definition where that class has no such member. Then several threads change one variable, and no change may be lost.
#include <hip/hip_runtime.h>
// The functions that clang has for HIP, instead of those for one thread.
#undef __hip_atomic_load
#undef __hip_atomic_store
#undef __hip_atomic_fetch_add
#undef __hip_atomic_compare_exchange_strong
#include HELPERS

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

static int failures = 0, results = 0;

template <typename T> static void same(const char *what, T ours, T expected, T after, T expected_after) {
    ++results;
    if (ours == expected && after == expected_after) return;
    if (++failures < 10)
        std::printf("%s: gives %g and leaves %g instead of %g and %g\n", what, double(ours), double(after), double(expected),
                    double(expected_after));
}

// `ours` runs on a variable of the support header, and `expected` on one of the standard library.
template <typename T, typename Ours, typename Expected> static void check(const char *what, T start, Ours ours, Expected expected) {
    alignas(8) T mine = start, other = start;
    tranship::atomic_ref<T> ref(mine);
    tranship::atomic<T, __HIP_MEMORY_SCOPE_AGENT> variable(start);
    const T wanted = expected(other);
    same(what, T(ours(ref)), wanted, mine, other);
    same(what, T(ours(variable)), wanted, variable.load(), other);
}

#define CHECK(name, expression, reference) \
    check<T>(name, start, [=](auto &x) -> T { return expression; }, [=](T &at) -> T { std::atomic_ref<T> x(at); return reference; })

template <typename T> static void exchanges(T start, T value) {
    for (T guess : {start, value}) {
        alignas(8) T mine = start, other = start;
        T seen = guess, wanted = guess;
        const bool is_ours = tranship::atomic_ref<T>(mine).compare_exchange_strong(seen, value, __ATOMIC_ACQ_REL);
        const bool is_expected = std::atomic_ref<T>(other).compare_exchange_strong(wanted, value);
        same<T>("the answer of compare_exchange_strong", T(is_ours), T(is_expected), mine, other);
        same<T>("the value seen by compare_exchange_strong", seen, wanted, mine, other);
        mine = other = start;
        seen = guess;
        // A weak exchange may fail without reason, so it is tried again while the value is the expected one.
        while (!tranship::atomic_ref<T>(mine).compare_exchange_weak(seen, value, __ATOMIC_RELEASE) && seen == guess) {
        }
        wanted = guess;
        std::atomic_ref<T>(other).compare_exchange_strong(wanted, value);
        same<T>("compare_exchange_weak", seen, wanted, mine, other);
    }
}

template <typename T> static void numbers(std::vector<T> values) {
    for (T start : values)
        for (T value : values) {
            CHECK("load", x.load(), x.load());
            CHECK("conversion", x, x);
            CHECK("store", (x.store(value), T()), (x.store(value), T()));
            CHECK("assignment", (x = value), (x = value));
            CHECK("exchange", x.exchange(value), x.exchange(value));
            CHECK("fetch_add", x.fetch_add(value), x.fetch_add(value));
            CHECK("fetch_sub", x.fetch_sub(value), x.fetch_sub(value));
            CHECK("+=", (x += value), (x += value));
            CHECK("-=", (x -= value), (x -= value));
            CHECK("fetch_min", x.fetch_min(value), x.exchange(std::min(x.load(), value)));
            CHECK("fetch_max", x.fetch_max(value), x.exchange(std::max(x.load(), value)));
            exchanges<T>(start, value);
        }
}

template <typename T> static void integers(std::vector<T> values) {
    numbers<T>(values);
    for (T start : values) {
        CHECK("prefix ++", ++x, ++x);
        CHECK("postfix ++", x++, x++);
        CHECK("prefix --", --x, --x);
        CHECK("postfix --", x--, x--);
        for (T value : values) {
            CHECK("fetch_and", x.fetch_and(value), x.fetch_and(value));
            CHECK("fetch_or", x.fetch_or(value), x.fetch_or(value));
            CHECK("fetch_xor", x.fetch_xor(value), x.fetch_xor(value));
            CHECK("&=", (x &= value), (x &= value));
            CHECK("|=", (x |= value), (x |= value));
            CHECK("^=", (x ^= value), (x ^= value));
        }
    }
}

static const int THREADS = 4, ROUNDS = 20000;

// Every thread calls `change`, which returns the value before it. Together they must see each value once.
template <typename Change> static void together(const char *what, Change change) {
    tranship::atomic<unsigned> count(0);
    std::vector<unsigned> seen[THREADS];
    std::vector<std::thread> threads;
    for (auto &mine : seen)
        threads.emplace_back([&count, &mine, change] {
            for (int at = 0; at < ROUNDS; ++at) mine.push_back(change(count));
        });
    for (auto &thread : threads) thread.join();
    std::vector<unsigned> all;
    for (auto &mine : seen) all.insert(all.end(), mine.begin(), mine.end());
    std::sort(all.begin(), all.end());
    for (unsigned at = 0; at < all.size(); ++at) same<unsigned>(what, all[at], at, count.load(), THREADS * ROUNDS);
}

int main() {
    integers<int>({0, 1, -1, 5, -7, 0x7fffffff, -0x7fffffff - 1});
    integers<unsigned>({0, 1, 5, 0x80000000u, 0xffffffffu});
    integers<long long>({0, 1, -1, 1ll << 40, 0x7fffffffffffffffll, -0x7fffffffffffffffll - 1});
    integers<unsigned long long>({0, 1, 5, 1ull << 63, ~0ull});
    numbers<float>({0.f, 1.f, -2.5f, 16777216.f, 1e30f});
    numbers<double>({0., 1., -2.5, 9007199254740992., 1e300});
    together("postfix ++ of several threads", [](auto &count) { return count++; });
    together("fetch_add of several threads", [](auto &count) { return count.fetch_add(1, __ATOMIC_RELAXED); });
    together("compare_exchange_weak of several threads", [](auto &count) {
        unsigned known = count.load();
        while (!count.compare_exchange_weak(known, known + 1)) {
        }
        return known;
    });
    std::printf("atomic classes: %d results\n", results);
    return failures != 0;
}
