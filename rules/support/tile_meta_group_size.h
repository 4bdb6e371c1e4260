/// The number of tiles in a block.
template <typename Tile>
inline __device__ unsigned tile_meta_group_size(const Tile &tile) {
    return (blockDim.x * blockDim.y * blockDim.z + tile.size() - 1) / tile.size();
}
