//! needs: atomic_operations
/// A variable with atomic operations, in one step for the threads of a scope.
template <typename T, int Scope = __HIP_MEMORY_SCOPE_SYSTEM>
class atomic : public atomic_operations<atomic<T, Scope>, T, Scope> {
  public:
    atomic() = default;
    constexpr __host__ __device__ atomic(T value) : value(value) {}
    atomic(const atomic &) = delete;
    atomic &operator=(const atomic &) = delete;
    __host__ __device__ T operator=(T value) {
        this->store(value);
        return value;
    }

  private:
    friend atomic_operations<atomic<T, Scope>, T, Scope>;
    __host__ __device__ T *place() const { return &value; }

    alignas(sizeof(T)) mutable T value;
};
