/// A matrix of `mma` that is given by rows.
struct row_major {
    static constexpr bool by_row = true;
};
