/// The number of lanes in a wave: 64 on gfx9, else 32. In host code it is the number of gfx9.
#if defined(__HIP_DEVICE_COMPILE__) && !defined(__GFX9__)
static constexpr int wave_size = 32;
#else
static constexpr int wave_size = 64;
#endif
