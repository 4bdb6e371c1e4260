/// The sensors of NVML, which has one for the GPU.
enum class smi_temperature_sensor { gpu };
