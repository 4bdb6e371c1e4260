//! include: amd_smi/amdsmi.h
//! include: vector
/// The GPUs of all sockets in the order of AMD SMI, which has no list of them.
inline amdsmi_status_t smi_devices(std::vector<amdsmi_processor_handle> &to) {
    uint32_t sockets = 0;
    amdsmi_status_t status = amdsmi_get_socket_handles(&sockets, nullptr);
    std::vector<amdsmi_socket_handle> all(sockets);
    if (status == AMDSMI_STATUS_SUCCESS) status = amdsmi_get_socket_handles(&sockets, all.data());
    for (uint32_t at = 0; status == AMDSMI_STATUS_SUCCESS && at < sockets; ++at) {
        uint32_t count = 0;
        status = amdsmi_get_processor_handles(all[at], &count, nullptr);
        std::vector<amdsmi_processor_handle> devices(count);
        if (status == AMDSMI_STATUS_SUCCESS) status = amdsmi_get_processor_handles(all[at], &count, devices.data());
        if (status == AMDSMI_STATUS_SUCCESS) to.insert(to.end(), devices.begin(), devices.end());
    }
    return status;
}
