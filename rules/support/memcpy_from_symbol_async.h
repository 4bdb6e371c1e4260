/// Copies from a symbol of any type, with the defaults of CUDA.
template <typename Symbol>
inline hipError_t memcpy_from_symbol_async(void *to, const Symbol &symbol, size_t bytes, size_t offset = 0,
                                           hipMemcpyKind kind = hipMemcpyDeviceToHost, hipStream_t stream = nullptr) {
    return hipMemcpyFromSymbolAsync(to, symbol, bytes, offset, kind, stream);
}
