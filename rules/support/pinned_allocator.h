//! include: new
/// An allocator of pinned host memory, as Thrust's `pinned_allocator` for CUDA is one.
template <typename T>
struct pinned_allocator {
    using value_type = T;
    using pointer = T *;
    using const_pointer = const T *;
    using reference = T &;
    using const_reference = const T &;
    using size_type = size_t;
    using difference_type = ptrdiff_t;
    template <typename U>
    struct rebind {
        using other = pinned_allocator<U>;
    };
    pinned_allocator() = default;
    template <typename U>
    pinned_allocator(const pinned_allocator<U> &) {}
    T *allocate(size_t count) {
        void *memory = nullptr;
        if (count > size_t(-1) / sizeof(T) || hipHostMalloc(&memory, count * sizeof(T), 0) != hipSuccess) throw std::bad_alloc();
        return static_cast<T *>(memory);
    }
    void deallocate(T *memory, size_t) { (void)hipHostFree(memory); }
    size_t max_size() const { return size_t(-1) / sizeof(T); }
    friend bool operator==(const pinned_allocator &, const pinned_allocator &) { return true; }
    friend bool operator!=(const pinned_allocator &, const pinned_allocator &) { return false; }
};
