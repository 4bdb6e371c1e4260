// CUB's and hipCUB's classes for warps, as CUB's documentation describes them, by the lanes of lanes.h. Before the include,
// `SHIM_WIDTH` is the default width: 32 for CUB, and 0 for hipCUB, where it is the width of the wave. Results that CUB leaves
// undefined are garbage.

enum WarpLoadAlgorithm { WARP_LOAD_DIRECT, WARP_LOAD_STRIPED };
enum WarpStoreAlgorithm { WARP_STORE_DIRECT, WARP_STORE_STRIPED };

/// The lanes of one warp, `Width` of them.
template <int Width> struct Segment {
    struct TempStorage {};
    static int width() { return Width ? Width : static_cast<int>(lanes::width); }
    static int rank() { return static_cast<int>(lanes::lane_number()) % width(); }
    static int first() { return static_cast<int>(lanes::lane_number()) - rank(); }
    /// The items of all lanes: `item(rank, i)`.
    template <typename T, int Items> struct Gathered {
        lanes::Round rounds[Items];
        T item(int rank, int i) const { return lanes::unpack<T>(rounds[i].of(first() + rank)); }
    };
    template <typename T, int Items> static Gathered<T, Items> gather(const T (&items)[Items]) {
        Gathered<T, Items> all;
        for (int i = 0; i < Items; ++i) all.rounds[i] = lanes::meet_here(lanes::pack(items[i]));
        return all;
    }
};

template <typename T, int Width = SHIM_WIDTH, int Arch = 0> struct WarpReduce : Segment<Width> {
    WarpReduce(typename Segment<Width>::TempStorage &) {}
    T Sum(T value) {
        return Reduce(value, [](T a, T b) { return a + b; });
    }
    /// Only the first lane gets the result.
    template <typename Op> T Reduce(T value, Op op) {
        const auto all = this->gather({value});
        T result = all.item(0, 0);
        for (int rank = 1; rank < this->width(); ++rank) result = op(result, all.item(rank, 0));
        return this->rank() == 0 ? result : lanes::unpack<T>(lanes::garbage());
    }
};

template <typename T, int Width = SHIM_WIDTH, int Arch = 0> struct WarpScan : Segment<Width> {
    WarpScan(typename Segment<Width>::TempStorage &) {}
    void InclusiveSum(T value, T &result) {
        const auto all = this->gather({value});
        result = all.item(0, 0);
        for (int rank = 1; rank <= this->rank(); ++rank) result = result + all.item(rank, 0);
    }
    void ExclusiveSum(T value, T &result) {
        InclusiveSum(value, result);
        result = result - value;
    }
};

template <typename T, int Items, int Width = SHIM_WIDTH, int Arch = 0> struct WarpExchange : Segment<Width> {
    WarpExchange(typename Segment<Width>::TempStorage &) {}
    void BlockedToStriped(const T (&in)[Items], T (&out)[Items]) {
        const auto all = this->gather(in);
        for (int i = 0; i < Items; ++i) {
            const int at = this->rank() + i * this->width();
            out[i] = all.item(at / Items, at % Items);
        }
    }
};

template <typename T, int Items, int Width = SHIM_WIDTH, typename Value = int, int Arch = 0>
struct WarpMergeSort : Segment<Width> {
    WarpMergeSort(typename Segment<Width>::TempStorage &) {}
    template <typename Less> void Sort(T (&keys)[Items], Less less) {
        const auto all = this->gather(keys);
        std::vector<T> sorted;
        for (int rank = 0; rank < this->width(); ++rank)
            for (int i = 0; i < Items; ++i) {
                const T key = all.item(rank, i);
                auto at = sorted.begin();
                while (at != sorted.end() && !less(key, *at)) ++at;
                sorted.insert(at, key);
            }
        for (int i = 0; i < Items; ++i) keys[i] = sorted[this->rank() * Items + i];
    }
};

template <typename T, int Items, WarpLoadAlgorithm Algorithm = WARP_LOAD_DIRECT, int Width = SHIM_WIDTH, int Arch = 0>
struct WarpLoad : Segment<Width> {
    WarpLoad(typename Segment<Width>::TempStorage &) {}
    void Load(const T *from, T (&items)[Items]) {
        const bool striped = Algorithm == WARP_LOAD_STRIPED;
        for (int i = 0; i < Items; ++i)
            items[i] = from[striped ? this->rank() + i * this->width() : this->rank() * Items + i];
    }
};

template <typename T, int Items, WarpStoreAlgorithm Algorithm = WARP_STORE_DIRECT, int Width = SHIM_WIDTH, int Arch = 0>
struct WarpStore : Segment<Width> {
    WarpStore(typename Segment<Width>::TempStorage &) {}
    void Store(T *to, T (&items)[Items]) {
        const bool striped = Algorithm == WARP_STORE_STRIPED;
        for (int i = 0; i < Items; ++i)
            to[striped ? this->rank() + i * this->width() : this->rank() * Items + i] = items[i];
    }
};
