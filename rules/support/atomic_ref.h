//! needs: atomic_operations
/// Atomic operations on a variable that is declared elsewhere, in one step for the threads of a scope.
template <typename Type, int Scope = __HIP_MEMORY_SCOPE_SYSTEM>
class atomic_ref : public atomic_operations<atomic_ref<Type, Scope>, Type, Scope> {
  public:
    static constexpr auto required_alignment = sizeof(Type);

    explicit __host__ __device__ atomic_ref(Type &value) : address(&value) {}
    atomic_ref(const atomic_ref &) = default;
    atomic_ref &operator=(const atomic_ref &) = delete;
    __host__ __device__ Type operator=(Type value) const {
        this->store(value);
        return value;
    }

  private:
    friend atomic_operations<atomic_ref<Type, Scope>, Type, Scope>;
    __host__ __device__ Type *place() const { return address; }

    Type *address;
};
