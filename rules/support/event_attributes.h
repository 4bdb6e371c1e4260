//! needs: event_message
//! include: cstdint
/// The attributes of an event of NVTX 3 with the same members. ROCTx takes the message alone.
struct event_attributes {
    uint16_t version, size;
    uint32_t category;
    int32_t colorType;
    uint32_t color;
    int32_t payloadType, reserved0;
    union {
        uint64_t ullValue;
        int64_t llValue;
        double dValue;
        uint32_t uiValue;
        int32_t iValue;
        float fValue;
    } payload;
    int32_t messageType;
    event_message message;
};
