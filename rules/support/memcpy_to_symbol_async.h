/// Copies to a symbol of any type, with the defaults of CUDA.
template <typename Symbol>
inline hipError_t memcpy_to_symbol_async(const Symbol &symbol, const void *from, size_t bytes, size_t offset = 0,
                                         hipMemcpyKind kind = hipMemcpyHostToDevice, hipStream_t stream = nullptr) {
    return hipMemcpyToSymbolAsync(symbol, from, bytes, offset, kind, stream);
}
