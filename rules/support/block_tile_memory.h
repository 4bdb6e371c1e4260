/// CUDA's memory for tiles of several warps. The tiles have memory of their own here.
template <unsigned MaxBlockSize = 1024> struct block_tile_memory {};
