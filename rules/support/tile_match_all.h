//! needs: tile_match_any tile_ballot
/// All threads of a tile of at most 32 if they have the same `value`, else 0. `same` is 1 in the first case, else 0.
template <typename Tile, typename Type>
inline __device__ unsigned tile_match_all(const Tile &tile, Type value, int &same) {
    const unsigned threads = tile_ballot(tile, 1);
    same = tile_match_any(tile, value) == threads;
    return same ? threads : 0;
}
