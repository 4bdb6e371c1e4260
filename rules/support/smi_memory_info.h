//! needs: smi_memory
//! include: amd_smi/amdsmi.h
/// The memory of a GPU in bytes.
inline amdsmi_status_t smi_memory_info(amdsmi_processor_handle device, smi_memory *memory) {
    if (!memory) return AMDSMI_STATUS_INVAL;
    uint64_t total = 0, used = 0;
    amdsmi_status_t status = amdsmi_get_gpu_memory_total(device, AMDSMI_MEM_TYPE_VRAM, &total);
    if (status == AMDSMI_STATUS_SUCCESS) status = amdsmi_get_gpu_memory_usage(device, AMDSMI_MEM_TYPE_VRAM, &used);
    if (status == AMDSMI_STATUS_SUCCESS) {
        memory->total = total;
        memory->used = used;
        memory->free = total - used;
    }
    return status;
}
