//! include: cstdint
/// The version of NVTX that has these attributes.
enum : uint16_t { event_attributes_version = 3 };
