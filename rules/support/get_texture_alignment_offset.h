/// CUDA's `cudaGetTextureAlignmentOffset` without texture units, where no offset is needed.
template <typename Reference> inline hipError_t get_texture_alignment_offset(size_t *offset, const Reference &) {
    *offset = 0;
    return hipSuccess;
}
