/// The operations of atomic variables. `Derived::place` gives the address, and an order is one of `__ATOMIC_RELAXED` to `__ATOMIC_SEQ_CST`.
template <typename Derived, typename T, int Scope>
class atomic_operations {
  public:
    using value_type = T;
    static constexpr bool is_always_lock_free = true;

    __host__ __device__ bool is_lock_free() const { return true; }
    __host__ __device__ T load(int order = __ATOMIC_SEQ_CST) const { return __hip_atomic_load(place(), order, Scope); }
    __host__ __device__ operator T() const { return load(); }
    __host__ __device__ void store(T value, int order = __ATOMIC_SEQ_CST) const { __hip_atomic_store(place(), value, order, Scope); }
    __host__ __device__ T exchange(T value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_exchange(place(), value, order, Scope);
    }

    __host__ __device__ bool compare_exchange_strong(T &expected, T value, int success, int failure) const {
        return __hip_atomic_compare_exchange_strong(place(), &expected, value, success, failure, Scope);
    }
    __host__ __device__ bool compare_exchange_strong(T &expected, T value, int order = __ATOMIC_SEQ_CST) const {
        return compare_exchange_strong(expected, value, order, after_failure(order));
    }
    __host__ __device__ bool compare_exchange_weak(T &expected, T value, int success, int failure) const {
        return __hip_atomic_compare_exchange_weak(place(), &expected, value, success, failure, Scope);
    }
    __host__ __device__ bool compare_exchange_weak(T &expected, T value, int order = __ATOMIC_SEQ_CST) const {
        return compare_exchange_weak(expected, value, order, after_failure(order));
    }

    __host__ __device__ T fetch_add(T value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_add(place(), value, order, Scope);
    }
    __host__ __device__ T fetch_sub(T value, int order = __ATOMIC_SEQ_CST) const { return fetch_add(static_cast<T>(0 - value), order); }
    __host__ __device__ T fetch_and(T value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_and(place(), value, order, Scope);
    }
    __host__ __device__ T fetch_or(T value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_or(place(), value, order, Scope);
    }
    __host__ __device__ T fetch_xor(T value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_xor(place(), value, order, Scope);
    }
    __host__ __device__ T fetch_min(T value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_min(place(), value, order, Scope);
    }
    __host__ __device__ T fetch_max(T value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_max(place(), value, order, Scope);
    }

    __host__ __device__ T operator++() const { return fetch_add(1) + 1; }
    __host__ __device__ T operator++(int) const { return fetch_add(1); }
    __host__ __device__ T operator--() const { return fetch_sub(1) - 1; }
    __host__ __device__ T operator--(int) const { return fetch_sub(1); }
    __host__ __device__ T operator+=(T value) const { return fetch_add(value) + value; }
    __host__ __device__ T operator-=(T value) const { return fetch_sub(value) - value; }
    __host__ __device__ T operator&=(T value) const { return fetch_and(value) & value; }
    __host__ __device__ T operator|=(T value) const { return fetch_or(value) | value; }
    __host__ __device__ T operator^=(T value) const { return fetch_xor(value) ^ value; }

  private:
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "AMD GPUs have atomic operations on 4 and on 8 bytes");

    __host__ __device__ T *place() const { return static_cast<const Derived *>(this)->place(); }

    // A failed exchange stores nothing, so its order has no release.
    static constexpr __host__ __device__ int after_failure(int order) {
        return order == __ATOMIC_RELEASE ? __ATOMIC_RELAXED : order == __ATOMIC_ACQ_REL ? __ATOMIC_ACQUIRE : order;
    }
};
