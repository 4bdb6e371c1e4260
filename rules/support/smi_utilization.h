/// The use of a GPU and of its memory controller in percent.
struct smi_utilization {
    unsigned gpu, memory;
};
