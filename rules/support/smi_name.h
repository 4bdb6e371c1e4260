//! include: amd_smi/amdsmi.h
//! include: cstring
/// The name of a GPU, with its end, in at most `length` bytes.
inline amdsmi_status_t smi_name(amdsmi_processor_handle device, char *name, unsigned length) {
    amdsmi_asic_info_t info;
    const amdsmi_status_t status = amdsmi_get_gpu_asic_info(device, &info);
    if (status != AMDSMI_STATUS_SUCCESS) return status;
    const size_t bytes = std::strlen(info.market_name) + 1;
    if (!name || bytes > length) return AMDSMI_STATUS_INSUFFICIENT_SIZE;
    std::memcpy(name, info.market_name, bytes);
    return status;
}
