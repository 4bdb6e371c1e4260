//! needs: event_text
//! include: rocprofiler-sdk-roctx/roctx.h
/// Begins a range with the text of an event. Returns its depth.
inline int range_push(const event_attributes *event) {
    return roctxRangePushA(event_text(event));
}
