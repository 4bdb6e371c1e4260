//! include: new
/// An allocator of pinned host memory, as Thrust's `pinned_allocator` for CUDA is one.
template <typename Type>
struct pinned_allocator {
    using value_type = Type;
    using pointer = Type *;
    using const_pointer = const Type *;
    using reference = Type &;
    using const_reference = const Type &;
    using size_type = size_t;
    using difference_type = ptrdiff_t;
    template <typename Other>
    struct rebind {
        using other = pinned_allocator<Other>;
    };
    pinned_allocator() = default;
    template <typename Other>
    pinned_allocator(const pinned_allocator<Other> &) {}
    Type *allocate(size_t count) {
        void *memory = nullptr;
        if (count > size_t(-1) / sizeof(Type) || hipHostMalloc(&memory, count * sizeof(Type), 0) != hipSuccess) throw std::bad_alloc();
        return static_cast<Type *>(memory);
    }
    void deallocate(Type *memory, size_t) { (void)hipHostFree(memory); }
    size_t max_size() const { return size_t(-1) / sizeof(Type); }
    friend bool operator==(const pinned_allocator &, const pinned_allocator &) { return true; }
    friend bool operator!=(const pinned_allocator &, const pinned_allocator &) { return false; }
};
