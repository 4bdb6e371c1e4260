/// The types of numbers in events of NVTX, with its numbers.
enum event_payload_type { no_payload = 0, uint64 = 1, int64 = 2, float64 = 3, uint32 = 4, int32 = 5, float32 = 6 };
