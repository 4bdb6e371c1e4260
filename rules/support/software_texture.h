/// The value of a texture or surface object for GPUs without texture units: a pointer to this in the memory of the GPU.
struct software_texture {
    char *data;
    /// Bytes from a row to the next row, and from a slice or layer to the next one.
    size_t pitch, slice;
    /// The size in texels; `depth` is the number of slices or layers.
    int width, height, depth;
    /// Bytes of a texel, and bits and number of its channels, which are all of one `hipChannelFormatKind`.
    int texel, bits, channels, kind;
    /// The `hipTextureAddressMode` of each dimension. It counts only for texels outside of the texture.
    int address[3];
    /// Whether fetches filter, whether coordinates are from 0 to 1, whether integers are read as fractions, and whether a
    /// texel has the bytes of its type.
    bool linear, normalized, scaled, plain;
    float border[4];
    /// What the object was created from.
    hipResourceDesc resource;
    hipTextureDesc texture;
};
