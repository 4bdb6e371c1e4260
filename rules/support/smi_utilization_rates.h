//! needs: smi_utilization
//! include: amd_smi/amdsmi.h
/// The use of a GPU and of its memory controller in percent.
inline amdsmi_status_t smi_utilization_rates(amdsmi_processor_handle device, smi_utilization *rates) {
    if (!rates) return AMDSMI_STATUS_INVAL;
    amdsmi_engine_usage_t usage;
    const amdsmi_status_t status = amdsmi_get_gpu_activity(device, &usage);
    if (status == AMDSMI_STATUS_SUCCESS) {
        rates->gpu = usage.gfx_activity;
        rates->memory = usage.umc_activity;
    }
    return status;
}
