/// The operations of atomic variables. `Derived::place` gives the address, and an order is one of `__ATOMIC_RELAXED` to `__ATOMIC_SEQ_CST`.
template <typename Derived, typename Type, int Scope>
class atomic_operations {
  public:
    using value_type = Type;
    static constexpr bool is_always_lock_free = true;

    __host__ __device__ bool is_lock_free() const { return true; }
    __host__ __device__ Type load(int order = __ATOMIC_SEQ_CST) const { return __hip_atomic_load(place(), order, Scope); }
    __host__ __device__ operator Type() const { return load(); }
    __host__ __device__ void store(Type value, int order = __ATOMIC_SEQ_CST) const { __hip_atomic_store(place(), value, order, Scope); }
    __host__ __device__ Type exchange(Type value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_exchange(place(), value, order, Scope);
    }

    __host__ __device__ bool compare_exchange_strong(Type &expected, Type value, int success, int failure) const {
        return __hip_atomic_compare_exchange_strong(place(), &expected, value, success, failure, Scope);
    }
    __host__ __device__ bool compare_exchange_strong(Type &expected, Type value, int order = __ATOMIC_SEQ_CST) const {
        return compare_exchange_strong(expected, value, order, after_failure(order));
    }
    __host__ __device__ bool compare_exchange_weak(Type &expected, Type value, int success, int failure) const {
        return __hip_atomic_compare_exchange_weak(place(), &expected, value, success, failure, Scope);
    }
    __host__ __device__ bool compare_exchange_weak(Type &expected, Type value, int order = __ATOMIC_SEQ_CST) const {
        return compare_exchange_weak(expected, value, order, after_failure(order));
    }

    __host__ __device__ Type fetch_add(Type value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_add(place(), value, order, Scope);
    }
    __host__ __device__ Type fetch_sub(Type value, int order = __ATOMIC_SEQ_CST) const { return fetch_add(static_cast<Type>(0 - value), order); }
    __host__ __device__ Type fetch_and(Type value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_and(place(), value, order, Scope);
    }
    __host__ __device__ Type fetch_or(Type value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_or(place(), value, order, Scope);
    }
    __host__ __device__ Type fetch_xor(Type value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_xor(place(), value, order, Scope);
    }
    __host__ __device__ Type fetch_min(Type value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_min(place(), value, order, Scope);
    }
    __host__ __device__ Type fetch_max(Type value, int order = __ATOMIC_SEQ_CST) const {
        return __hip_atomic_fetch_max(place(), value, order, Scope);
    }

    __host__ __device__ Type operator++() const { return fetch_add(1) + 1; }
    __host__ __device__ Type operator++(int) const { return fetch_add(1); }
    __host__ __device__ Type operator--() const { return fetch_sub(1) - 1; }
    __host__ __device__ Type operator--(int) const { return fetch_sub(1); }
    __host__ __device__ Type operator+=(Type value) const { return fetch_add(value) + value; }
    __host__ __device__ Type operator-=(Type value) const { return fetch_sub(value) - value; }
    __host__ __device__ Type operator&=(Type value) const { return fetch_and(value) & value; }
    __host__ __device__ Type operator|=(Type value) const { return fetch_or(value) | value; }
    __host__ __device__ Type operator^=(Type value) const { return fetch_xor(value) ^ value; }

  private:
    static_assert(sizeof(Type) == 4 || sizeof(Type) == 8, "AMD GPUs have atomic operations on 4 and on 8 bytes");

    __host__ __device__ Type *place() const { return static_cast<const Derived *>(this)->place(); }

    // A failed exchange stores nothing, so its order has no release.
    static constexpr __host__ __device__ int after_failure(int order) {
        return order == __ATOMIC_RELEASE ? __ATOMIC_RELAXED : order == __ATOMIC_ACQ_REL ? __ATOMIC_ACQUIRE : order;
    }
};
