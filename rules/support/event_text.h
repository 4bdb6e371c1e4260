//! needs: event_attributes event_message_type
/// The text of an event; empty if it has no text of narrow characters.
inline auto event_text(const event_attributes *event) -> const char * {
    const bool has_text = event && event->messageType == event_message_type::narrow && event->message.ascii;
    return has_text ? event->message.ascii : "";
}
