// Runs kernels on the host. Every lane has its own stack, and in every warp function a lane waits for other lanes.
//
// A lane runs until it waits. On CUDA, a function with a mask waits for all running lanes of the mask, at any call of the
// function. On HIP, the lanes of a wave that wait at one call continue together. If lanes wait at several calls, those at the
// call that comes first in the program continue, so diverged lanes meet again. If a lane reads from an absent lane, it gets
// garbage that changes with the seed. So a result that changes with the seed is undefined.
#pragma once

#include <ucontext.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __constant__
#define __shared__ static
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)

struct uint4 {
    unsigned x, y, z, w;
};
struct int4 {
    int x, y, z, w;
};
struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
struct uint3 {
    unsigned x, y, z;
};

inline uint3 threadIdx, blockIdx;
inline dim3 blockDim, gridDim;

namespace lanes {

inline unsigned width = 32; // lanes of a warp or wave

/// Garbage, which changes with the seed, and inputs, which are equal in every run.
struct Random {
    std::uint64_t state = 0;
    std::uint64_t operator()() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return state ^ state >> 29;
    }
};
inline Random garbage;

using Site = std::vector<std::uintptr_t>;

enum class Wait { None, Mask, Site, Block, Over };

/// The values of the lanes that wait together, by lane.
struct Round {
    std::uint64_t present = 0;
    std::uint64_t values[64] = {};
    /// The value of `lane`; garbage if the lane is absent.
    std::uint64_t of(unsigned lane) const { return present >> lane & 1 ? values[lane] : garbage(); }
};

struct Lane {
    ucontext_t context;
    char *stack;
    uint3 index;
    unsigned number; // in the block
    Wait wait = Wait::None;
    int function = 0;
    std::uint64_t mask = 0, value = 0;
    Site site;
    Round round;
};

constexpr std::size_t STACK = 64 * 1024;

inline char stacks[256 * STACK]; // for the largest block
inline ucontext_t scheduler;
inline Lane *current;
inline void (*body)(void *);
inline void *arguments;

[[noreturn]] inline void fail(const char *what) {
    std::fprintf(stderr, "%s\n", what);
    std::exit(3);
}

inline unsigned lane_number() { return current->number % width; }

/// The return addresses of the calls on the stack, that of the kernel first.
__attribute__((noinline)) inline Site site_here() {
    Site site;
    auto *frame = static_cast<std::uintptr_t *>(__builtin_frame_address(0));
    const auto low = reinterpret_cast<std::uintptr_t>(current->stack);
    const auto inside = [&](const void *p) {
        const auto at = reinterpret_cast<std::uintptr_t>(p);
        return at >= low && at + 16 <= low + STACK;
    };
    while (inside(frame)) {
        site.push_back(frame[1]);
        frame = reinterpret_cast<std::uintptr_t *>(frame[0]);
    }
    return Site(site.rbegin(), site.rend());
}

inline void sleep(Wait wait) {
    Lane *self = current;
    self->wait = wait;
    swapcontext(&self->context, &scheduler);
    threadIdx = self->index;
}

/// Waits for the lanes of `mask`, which must call the same function.
inline Round meet_mask(int function, std::uint64_t mask, std::uint64_t value) {
    if (!(mask >> lane_number() & 1)) fail("undefined: a lane is not in its own mask");
    current->function = function;
    current->mask = mask;
    current->value = value;
    sleep(Wait::Mask);
    return current->round;
}

/// Waits for the lanes that wait at the same call.
__attribute__((noinline)) inline Round meet_here(std::uint64_t value) {
    current->site = site_here();
    current->value = value;
    sleep(Wait::Site);
    return current->round;
}

/// Lets the other lanes run, in a loop that waits for them.
inline void poll() {
    static unsigned long polls = 0;
    if (++polls > 2000000) fail("deadlock: lanes wait for others that never come");
    sleep(Wait::None);
}

inline void start() {
    body(arguments);
    current->wait = Wait::Over;
    swapcontext(&current->context, &scheduler);
}

inline void release(const std::vector<Lane *> &group) {
    Round round;
    for (Lane *lane : group) {
        round.present |= std::uint64_t(1) << lane->number % width;
        round.values[lane->number % width] = lane->value;
    }
    for (Lane *lane : group) {
        lane->round = round;
        lane->wait = Wait::None;
    }
}

/// Continues one group of waiting lanes of a warp, if there is one.
inline bool wake(const std::vector<Lane *> &warp) {
    for (Lane *first : warp) {
        if (first->wait != Wait::Mask) continue;
        std::vector<Lane *> group;
        bool complete = true;
        for (Lane *lane : warp) {
            if (!(first->mask >> lane->number % width & 1) || lane->wait == Wait::Over) continue;
            const bool same = lane->wait == Wait::Mask && lane->mask == first->mask && lane->function == first->function;
            same ? group.push_back(lane) : void(complete = false);
        }
        if (complete) return release(group), true;
    }
    const Site *place = nullptr;
    for (Lane *lane : warp)
        if (lane->wait == Wait::Site && (!place || lane->site < *place)) place = &lane->site;
    if (!place) return false;
    const Site chosen = *place;
    std::vector<Lane *> group;
    for (Lane *lane : warp)
        if (lane->wait == Wait::Site && lane->site == chosen) group.push_back(lane);
    release(group);
    return true;
}

inline void run_block(dim3 block) {
    const unsigned count = block.x * block.y * block.z;
    std::vector<Lane> all(count);
    std::vector<std::vector<Lane *>> warps((count + width - 1) / width);
    for (unsigned number = 0; number < count; ++number) {
        Lane *lane = &all[number];
        lane->number = number;
        lane->index = {number % block.x, number / block.x % block.y, number / (block.x * block.y)};
        lane->stack = stacks + number * STACK;
        getcontext(&lane->context);
        lane->context.uc_stack.ss_sp = lane->stack;
        lane->context.uc_stack.ss_size = STACK;
        makecontext(&lane->context, start, 0);
        warps[number / width].push_back(lane);
    }
    for (;;) {
        bool ran = false;
        for (Lane &lane : all) {
            if (lane.wait != Wait::None) continue;
            ran = true;
            current = &lane;
            threadIdx = lane.index;
            swapcontext(&scheduler, &lane.context);
        }
        for (auto &warp : warps) ran |= wake(warp);
        if (ran) continue;
        bool over = true, waiting = false;
        for (Lane &lane : all) {
            over &= lane.wait == Wait::Over;
            waiting |= lane.wait == Wait::Mask || lane.wait == Wait::Site;
        }
        if (over) return;
        if (waiting) fail("deadlock: lanes wait for others that never come");
        for (Lane &lane : all)
            if (lane.wait == Wait::Block) lane.wait = Wait::None;
    }
}

/// Runs `kernel`, which is called with `with`, for every thread of the grid.
inline void run(dim3 grid, dim3 block, void (*kernel)(void *), void *with) {
    body = kernel;
    arguments = with;
    gridDim = grid;
    blockDim = block;
    for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = {x, 0, 0};
        run_block(block);
    }
}

template <typename T> std::uint64_t pack(T value) {
    static_assert(sizeof(T) <= 8, "a lane brings at most 8 bytes");
    std::uint64_t bits = 0;
    std::memcpy(&bits, static_cast<const void *>(&value), sizeof(T));
    return bits;
}
template <typename T> T unpack(std::uint64_t bits) {
    T value;
    std::memcpy(static_cast<void *>(&value), &bits, sizeof(T));
    return value;
}

} // namespace lanes

inline void __syncthreads() { lanes::sleep(lanes::Wait::Block); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffs(unsigned x) { return __builtin_ffs(static_cast<int>(x)); }
inline int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
inline unsigned __float_as_uint(float x) { return lanes::unpack<unsigned>(lanes::pack(x)); }
template <typename T> T atomicAdd(T *at, T value) {
    const T old = *at;
    *at += value;
    return old;
}
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a < b ? b : a; }

struct float2 { float x, y; };
struct char4 { signed char x, y, z, w; };
struct uchar4 { unsigned char x, y, z, w; };
struct short2 { short x, y; };
struct ushort2 { unsigned short x, y; };

struct __half {
    unsigned short bits;
};
struct __half2 {
    __half x, y;
};
inline __half __float2half(float value) { return lanes::unpack<__half>(lanes::pack(static_cast<_Float16>(value))); }
inline __half __float2half_rn(float value) { return __float2half(value); }
inline float __half2float(__half value) { return static_cast<float>(lanes::unpack<_Float16>(lanes::pack(value))); }
inline __half __hadd(__half a, __half b) { return __float2half(__half2float(a) + __half2float(b)); }
inline __half2 __halves2half2(__half a, __half b) { return {a, b}; }
inline __half __low2half(__half2 a) { return a.x; }
inline __half __high2half(__half2 a) { return a.y; }
inline __half2 __hadd2(__half2 a, __half2 b) { return {__hadd(a.x, b.x), __hadd(a.y, b.y)}; }
