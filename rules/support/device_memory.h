//! include: miopen/miopen.h
/// Memory of the device that lives as long as this object. Before it is freed, the stream of the handle has to finish.
struct device_memory {
    miopenHandle_t handle;
    void *data = nullptr;

    explicit device_memory(miopenHandle_t of) : handle(of) {}
    device_memory(const device_memory &) = delete;
    device_memory &operator=(const device_memory &) = delete;
    bool allocate(size_t bytes) { return bytes == 0 || hipMalloc(&data, bytes) == hipSuccess; }
    ~device_memory() {
        hipStream_t stream = nullptr;
        if (!data) return;
        if (miopenGetStream(handle, &stream) == miopenStatusSuccess) static_cast<void>(hipStreamSynchronize(stream));
        static_cast<void>(hipFree(data));
    }
};
