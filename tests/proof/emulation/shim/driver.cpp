// Runs the kernels of one fixture with blocks of many shapes and prints their results: `driver SEED WIDTH`.
#include FIXTURE

static const dim3 SHAPES[] = {{32}, {48}, {64}, {96}, {256}, {16, 6}, {8, 5}};

template <typename In, typename Out> struct Call {
    void (*kernel)(const In *, Out *);
    const In *in;
    Out *out;
    static void run(void *call) {
        const Call *self = static_cast<Call *>(call);
        self->kernel(self->in, self->out);
    }
};

template <typename In, typename Out> void drive(const char *name, void (*kernel)(const In *, Out *)) {
    for (const dim3 block : SHAPES) {
        const unsigned threads = 2 * block.x * block.y;
        std::vector<In> in(threads);
        std::vector<Out> out(threads);
        lanes::Random input{threads};
        // Small whole numbers: sums of floating-point numbers do not depend on their order.
        for (In &one : in) one = static_cast<In>(static_cast<int>(input() >> 20) % 18 + 6);
        std::memset(static_cast<void *>(out.data()), 0, threads * sizeof(Out));
        Call<In, Out> call{kernel, in.data(), out.data()};
        lanes::run({2}, block, call.run, &call);
        for (unsigned at = 0; at < threads; ++at)
            std::printf("%s %ux%u %u %016llx\n", name, block.x, block.y, at,
                        static_cast<unsigned long long>(lanes::pack(out[at])));
    }
}

int main(int, char **arguments) {
    lanes::garbage.state = std::strtoull(arguments[1], nullptr, 10);
    lanes::width = static_cast<unsigned>(std::strtoul(arguments[2], nullptr, 10));
#ifdef HIP_SHIM
    warpSize = static_cast<int>(lanes::width);
#endif
#define KERNEL(name) drive(#name, name);
#include KERNELS
}
