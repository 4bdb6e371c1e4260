//! needs: mutable_reference
/// CUDA's `cudaUnbindTexture` without texture units.
template <typename Reference> inline hipError_t unbind_texture(const Reference &from) {
    return mutable_reference(from).replace(nullptr);
}
