//! include: amd_smi/amdsmi.h
/// The text of a status.
inline auto smi_error_string(amdsmi_status_t status) -> const char * {
    const char *text = nullptr;
    return amdsmi_status_code_to_string(status, &text) == AMDSMI_STATUS_SUCCESS && text ? text : "unknown error";
}
