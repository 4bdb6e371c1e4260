//! needs: event_text
//! include: rocprofiler-sdk-roctx/roctx.h
/// Begins a range with the text of an event. Returns its number.
inline roctx_range_id_t range_start(const event_attributes *event) {
    return roctxRangeStartA(event_text(event));
}
