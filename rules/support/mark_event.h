//! needs: event_text
//! include: rocprofiler-sdk-roctx/roctx.h
/// Marks a moment with the text of an event.
inline void mark_event(const event_attributes *event) {
    roctxMarkA(event_text(event));
}
