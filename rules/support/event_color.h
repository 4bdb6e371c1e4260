/// The forms of colours in NVTX, with its numbers.
enum event_color { no_color = 0, argb = 1 };
