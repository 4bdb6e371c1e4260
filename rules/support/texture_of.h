//! needs: software_texture
/// The description that a texture or surface object points to.
template <typename Object> inline __device__ auto texture_of(Object object) -> const software_texture & {
    return *reinterpret_cast<const software_texture *>(object);
}
