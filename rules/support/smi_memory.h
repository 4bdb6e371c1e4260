/// The memory of a GPU in bytes.
struct smi_memory {
    unsigned long long total, free, used;
};
