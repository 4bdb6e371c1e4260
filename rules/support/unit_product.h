//! needs: wave_size
/// The product of the fragments of a warp by the matrix unit. All lanes of the wave run.
/// `Vector` multiplies: `unit_vector` or `unit_bytes`. Lane 4g+t gets the elements of row g in the columns 2t and 2t+1, then those of row g+8.
template <typename Vector>
struct unit_product {
#if defined(__gfx942__) || defined(__gfx950__) || defined(__GFX11__) || defined(__gfx1200__) || defined(__gfx1201__)
    /// The value of lane `from` of the wave.
    static __device__ unsigned pull(unsigned value, int from) {
        return static_cast<unsigned>(__builtin_amdgcn_ds_bpermute(4 * from, static_cast<int>(value)));
    }
    static __device__ int pull(int value, int from) { return static_cast<int>(pull(static_cast<unsigned>(value), from)); }
    static __device__ float pull(float value, int from) { return __uint_as_float(pull(__float_as_uint(value), from)); }
#endif
#if defined(__gfx942__) || defined(__gfx950__)
    /// One product for each of the two warps of the wave, both with the columns of both warps. Lane 16q+line has four elements of
    /// row line of each operand: the pairs q and q+4 of the eight pairs of columns.
    static __device__ void fragment(const unsigned *a, const unsigned *b, int steps, typename Vector::number (&products)[4]) {
        const int lane = __lane_id(), line = lane % 16, q = lane / 16, t = lane % 4;
        unsigned columns[2] = {}, rows[2][2] = {};
#pragma unroll
        for (int step = 0; step < steps; ++step) {
            columns[step] = pull(b[step], line / 8 * 32 + line % 8 * 4 + q);
#pragma unroll
            for (int warp = 0; warp < 2; ++warp) {
                const int from = 32 * warp + line % 8 * 4 + q;
                const unsigned low = pull(a[2 * step], from), high = pull(a[2 * step + 1], from);
                rows[warp][step] = line < 8 ? low : high;
            }
        }
        const auto first = Vector::product(columns, rows[0]), second = Vector::product(columns, rows[1]);
#pragma unroll
        for (int at = 0; at < 4; ++at) {
            // Register r of lane 16q+line is the element of row line of A in the column 4q+r of the 16 columns of both warps.
            const int from = (lane & 32) + t / 2 * 16 + lane % 32 / 4 + at / 2 * 8, column = at % 2;
            const typename Vector::number even = pull(lane < 32 ? first[column] : second[column], from);
            const typename Vector::number odd = pull(lane < 32 ? first[column + 2] : second[column + 2], from);
            products[at] = t % 2 ? odd : even;
        }
    }
#elif defined(__GFX11__) || defined(__gfx1200__) || defined(__gfx1201__)
    /// One product, in whose first operand each column of B is twice.
    static __device__ void fragment(const unsigned *a, const unsigned *b, int steps, typename Vector::number (&products)[4]) {
        const int lane = __lane_id(), line = lane % 16, q = lane / 16, t = lane % 4;
        unsigned columns[Vector::words] = {}, rows[Vector::words] = {};
#pragma unroll
        for (int word = 0; word < Vector::words; ++word) {
#if defined(__GFX11__)
            // A lane has all eight pairs of its row. Row i of the result is register i/2 of the lanes 16 (i%2) + line.
            const int step = word / 4, pair = word % 4, column = line / 2 ^ line % 2 * 2;
#else
            // The lanes line and 16+line have four pairs each. Row i of the result is register i%8 of the lanes 16 (i/8) + line.
            const int step = word / 2, pair = 2 * q + word % 2, column = line % 8 ^ line / 8 * 2;
#endif
            if (step >= steps) continue;
            columns[word] = pull(b[step], 4 * column + pair);
            const unsigned low = pull(a[2 * step], line % 8 * 4 + pair), high = pull(a[2 * step + 1], line % 8 * 4 + pair);
            rows[word] = line < 8 ? low : high;
        }
        // Register r is the element of row line of A in column r of B for the lanes line, and in column r^2 for the lanes 16+line.
        const auto all = Vector::product(columns, rows);
#pragma unroll
        for (int at = 0; at < 4; ++at) {
            const int from = lane / 4 + at / 2 * 8 + t % 2 * 16, column = at % 2;
            const typename Vector::number low = pull(all[column], from), high = pull(all[column + 4], from);
            products[at] = t / 2 ? high : low;
        }
    }
#endif
};
