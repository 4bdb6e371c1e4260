//! needs: match_any_sync
/// The threads of a tile of at most 32 whose `value` has the same bits as the `value` of this thread.
template <typename Tile, typename Type>
inline __device__ unsigned tile_match_any(const Tile &tile, Type value) {
    const unsigned size = tile.size(), first = __lane_id() & 31u & ~(size - 1);
    return match_any_sync((0xffffffffu >> (32 - size)) << first, value) >> first;
}
