//! needs: ballot
/// One bit for each thread of a tile of at most 32 where `predicate` holds.
template <typename Tile>
inline __device__ unsigned tile_ballot(const Tile &tile, int predicate) {
    const unsigned size = tile.size(), first = __lane_id() & 31u & ~(size - 1);
    return ballot(predicate) >> first & (0xffffffffu >> (32 - size));
}
