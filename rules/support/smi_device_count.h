//! needs: smi_devices
/// The number of GPUs.
inline amdsmi_status_t smi_device_count(unsigned *count) {
    if (!count) return AMDSMI_STATUS_INVAL;
    std::vector<amdsmi_processor_handle> devices;
    const amdsmi_status_t status = smi_devices(devices);
    *count = static_cast<unsigned>(devices.size());
    return status;
}
