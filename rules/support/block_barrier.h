/// A barrier in shared memory. A phase ends when as many threads of the block have arrived as the barrier expects.
class block_barrier {
  public:
    /// The phase of an arrival.
    using arrival_token = unsigned;

    block_barrier() = default;
    __device__ block_barrier(long expected) { init(this, expected); }
    block_barrier(const block_barrier &) = delete;
    block_barrier &operator=(const block_barrier &) = delete;

    friend inline __device__ void init(block_barrier *barrier, long expected) {
        barrier->pending = static_cast<unsigned>(expected);
        barrier->state = static_cast<unsigned>(expected) << PhaseBits;
    }

    /// Counts arrivals. The last arrival of a phase begins the next phase.
    __device__ arrival_token arrive(long count = 1) {
        const unsigned token = phase();
        const unsigned arrivals = static_cast<unsigned>(count);
        if (__hip_atomic_fetch_add(&pending, 0 - arrivals, __ATOMIC_ACQ_REL, __HIP_MEMORY_SCOPE_WORKGROUP) == arrivals) {
            const unsigned expected = __hip_atomic_load(&state, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP) >> PhaseBits;
            __hip_atomic_store(&pending, expected, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
            __hip_atomic_store(&state, expected << PhaseBits | ((token + 1) & Phase), __ATOMIC_RELEASE,
                               __HIP_MEMORY_SCOPE_WORKGROUP);
        }
        // All lanes of a wave have arrived before one of them waits.
        __builtin_amdgcn_wave_barrier();
        return token;
    }

    /// Waits for the end of the phase in which the token was made.
    __device__ void wait(arrival_token token) const {
        while (phase() == token) __builtin_amdgcn_s_sleep(1);
        __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    }
    __device__ void arrive_and_wait() { wait(arrive()); }

    /// Arrives, and is not expected in later phases.
    __device__ void arrive_and_drop() {
        __hip_atomic_fetch_add(&state, 0 - (1u << PhaseBits), __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP);
        arrive();
    }

    /// Waits for the end of the current or previous phase, the one whose number is odd or even. The first phase is even.
    __device__ void wait_parity(bool is_odd) const {
        while ((phase() & 1) == static_cast<unsigned>(is_odd)) __builtin_amdgcn_s_sleep(1);
        __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
    }

    static constexpr __device__ long max() { return (1 << (32 - PhaseBits)) - 1; }

  private:
    static constexpr unsigned PhaseBits = 12, Phase = (1u << PhaseBits) - 1;

    __device__ unsigned phase() const {
        return __hip_atomic_load(&state, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_WORKGROUP) & Phase;
    }

    unsigned pending; // how many arrivals the phase still needs
    unsigned state;   // the expected arrivals, and the phase in the low bits
};
