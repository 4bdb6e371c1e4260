//! needs: software_texture
/// Where a fetch reads along one dimension: two texels, of which the second has a weight in steps of 1/256. -1 is the border.
struct texture_axis {
    int low, high;
    float weight;
    /// Reads the coordinate `x`, with the filter of the texture.
    __device__ texture_axis(const software_texture &texture, int dimension, int size, float x)
        : texture_axis(texture, dimension, size, x, texture.linear) {}
    /// Reads the coordinate `x`, with filtering or without.
    __device__ texture_axis(const software_texture &texture, int dimension, int size, float x, bool linear) : weight(0.0f) {
        const int mode = texture.address[dimension];
        if (texture.normalized) {
            if (mode == hipAddressModeWrap) x -= floorf(x);
            if (mode == hipAddressModeMirror) x -= 2.0f * floorf(x * 0.5f);
            x *= static_cast<float>(size);
        }
        // Far outside, all coordinates read the same. A coordinate that is no number is far outside too.
        x = fminf(fmaxf(x, -2.0f), 2.0f * static_cast<float>(size) + 2.0f);
        if (!linear) {
            low = high = inside(mode, static_cast<int>(floorf(x)), size);
            return;
        }
        // The weight has 8 bits behind the point, as CUDA's has.
        const float fixed = rintf((x - 0.5f) * 256.0f), whole = floorf(fixed / 256.0f);
        weight = fixed / 256.0f - whole;
        low = inside(mode, static_cast<int>(whole), size);
        high = inside(mode, static_cast<int>(whole) + 1, size);
    }
    /// The texel that is read for texel `at`.
    static __device__ int inside(int mode, int at, int size) {
        if (at >= 0 && at < size) return at;
        if (mode == hipAddressModeBorder) return -1;
        if (mode == hipAddressModeWrap) return at < 0 ? at + size < 0 ? 0 : at + size : at - size < size ? at - size : size - 1;
        // The texels behind the last one are the same in reverse.
        if (mode == hipAddressModeMirror && at >= size && at < 2 * size) return 2 * size - 1 - at;
        if (mode == hipAddressModeMirror) return 0;
        return at < 0 ? 0 : size - 1;
    }
};
