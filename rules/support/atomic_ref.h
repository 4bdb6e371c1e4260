//! needs: atomic_operations
/// Atomic operations on a variable that is declared elsewhere, in one step for the threads of a scope.
template <typename T, int Scope = __HIP_MEMORY_SCOPE_SYSTEM>
class atomic_ref : public atomic_operations<atomic_ref<T, Scope>, T, Scope> {
  public:
    static constexpr auto required_alignment = sizeof(T);

    explicit __host__ __device__ atomic_ref(T &value) : address(&value) {}
    atomic_ref(const atomic_ref &) = default;
    atomic_ref &operator=(const atomic_ref &) = delete;
    __host__ __device__ T operator=(T value) const {
        this->store(value);
        return value;
    }

  private:
    friend atomic_operations<atomic_ref<T, Scope>, T, Scope>;
    __host__ __device__ T *place() const { return address; }

    T *address;
};
