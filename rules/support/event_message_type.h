/// The forms of texts in NVTX that ROCTx can take, with the numbers of NVTX.
enum event_message_type { no_message = 0, narrow = 1 };
