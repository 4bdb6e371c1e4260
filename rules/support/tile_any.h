//! needs: tile_ballot
/// Whether `predicate` holds in at least one thread of a tile of at most 32.
template <typename Tile>
inline __device__ int tile_any(const Tile &tile, int predicate) {
    return tile_ballot(tile, predicate) != 0;
}
