//! needs: event_attributes
//! include: cstdint
/// The size of the attributes in bytes.
enum : uint16_t { event_attributes_size = sizeof(event_attributes) };
