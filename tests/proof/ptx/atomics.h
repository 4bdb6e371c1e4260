// What the proofs of atomic operations share: clang's atomic functions for HIP, and threads that begin together.
#pragma once
#include <hip/hip_runtime.h>
// They stand for functions that only one thread may call.
#undef __hip_atomic_load
#undef __hip_atomic_store
#undef __hip_atomic_fetch_add
#undef __hip_atomic_compare_exchange_strong

#include <barrier>
#include <thread>
#include <vector>

static const unsigned THREADS = 4, ROUNDS = 20000;

// Calls `change` in each thread for all rounds, and `note(thread, value)` with its results. The threads wait for each other before the
// first round; otherwise one can end before the next one begins.
template <typename Change, typename Note> static void in_threads(Change change, Note note) {
    std::vector<std::thread> threads;
    std::barrier begin(THREADS);
    for (unsigned thread = 0; thread < THREADS; ++thread)
        threads.emplace_back([&begin, thread, change, note] {
            begin.arrive_and_wait();
            for (unsigned round = 0; round < ROUNDS; ++round) note(thread, change());
        });
    for (auto &thread : threads) thread.join();
}
