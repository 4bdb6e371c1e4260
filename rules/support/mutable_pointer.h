/// A pointer for a parameter of MIOpen that is declared without `const`, although the function only reads from it.
inline auto mutable_pointer(const void *pointer) -> void * {
    return const_cast<void *>(pointer);
}
