//! include: amd_smi/amdsmi.h
/// The power of a GPU in milliwatts: the present power, or the average on GPUs that measure only that. AMD SMI has whole watts.
inline amdsmi_status_t smi_power(amdsmi_processor_handle device, unsigned *milliwatts) {
    if (!milliwatts) return AMDSMI_STATUS_INVAL;
    amdsmi_power_info_t info;
    const amdsmi_status_t status = amdsmi_get_power_info(device, &info);
    if (status != AMDSMI_STATUS_SUCCESS) return status;
    const unsigned absent = 0xffff;
    const unsigned watts = info.current_socket_power < absent ? info.current_socket_power : info.average_socket_power;
    if (watts >= absent) return AMDSMI_STATUS_NOT_SUPPORTED;
    *milliwatts = watts * 1000;
    return status;
}
