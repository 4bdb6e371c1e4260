/// The number of a tile in its block.
template <typename Tile>
inline __device__ unsigned tile_meta_group_rank(const Tile &tile) {
    const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    return thread / tile.size();
}
