//! needs: atomic_operations
/// A variable with atomic operations, in one step for the threads of a scope.
template <typename Type, int Scope = __HIP_MEMORY_SCOPE_SYSTEM>
class atomic : public atomic_operations<atomic<Type, Scope>, Type, Scope> {
  public:
    atomic() = default;
    constexpr __host__ __device__ atomic(Type value) : value(value) {}
    atomic(const atomic &) = delete;
    atomic &operator=(const atomic &) = delete;
    __host__ __device__ Type operator=(Type value) {
        this->store(value);
        return value;
    }

  private:
    friend atomic_operations<atomic<Type, Scope>, Type, Scope>;
    __host__ __device__ Type *place() const { return &value; }

    alignas(sizeof(Type)) mutable Type value;
};
