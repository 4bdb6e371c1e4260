/// Which tile of its block a tile is.
template <typename Tile>
inline __device__ unsigned tile_meta_group_rank(const Tile &tile) {
    const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    return thread / tile.size();
}
