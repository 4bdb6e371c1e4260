/// A matrix of `mma` that is given by columns.
struct col_major {
    static constexpr bool by_row = false;
};
