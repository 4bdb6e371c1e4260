//! needs: smi_devices
/// The GPU with this number in the order of AMD SMI.
inline amdsmi_status_t smi_device_by_index(unsigned index, amdsmi_processor_handle *device) {
    if (!device) return AMDSMI_STATUS_INVAL;
    std::vector<amdsmi_processor_handle> devices;
    const amdsmi_status_t status = smi_devices(devices);
    if (status != AMDSMI_STATUS_SUCCESS) return status;
    if (index >= devices.size()) return AMDSMI_STATUS_INVAL;
    *device = devices[index];
    return status;
}
