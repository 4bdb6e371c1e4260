//! needs: smi_temperature_sensor
//! include: amd_smi/amdsmi.h
/// The temperature of a GPU in degrees Celsius, at its edge, or at its hottest place if it has no sensor at the edge.
inline amdsmi_status_t smi_temperature(amdsmi_processor_handle device, smi_temperature_sensor, unsigned *degrees) {
    if (!degrees) return AMDSMI_STATUS_INVAL;
    int64_t value = 0;
    amdsmi_status_t status = amdsmi_get_temp_metric(device, AMDSMI_TEMPERATURE_TYPE_EDGE, AMDSMI_TEMP_CURRENT, &value);
    if (status != AMDSMI_STATUS_SUCCESS) {
        status = amdsmi_get_temp_metric(device, AMDSMI_TEMPERATURE_TYPE_HOTSPOT, AMDSMI_TEMP_CURRENT, &value);
    }
    if (status == AMDSMI_STATUS_SUCCESS) *degrees = static_cast<unsigned>(value < 0 ? 0 : value);
    return status;
}
