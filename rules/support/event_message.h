/// The text of an event of NVTX.
union event_message {
    const char *ascii;
    const wchar_t *unicode;
};
