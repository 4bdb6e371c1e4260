// Prints the results of the operators on vectors in a fixture, once as CUDA on plain vectors and once as HIP.
// The header of HIP declares it for the GPU only.
inline double __dmul_rn(double a, double b) { return a * b; }

#include FIXTURE

#include <cstdio>

// Eight vectors of each type, with different components that divide without a remainder in no case.
template <typename T, int N> struct Vectors {
    alignas(16) T all[8];
    Vectors() {
        auto *parts = reinterpret_cast<decltype(all[0].x) *>(all);
        for (unsigned at = 0; at < sizeof all / sizeof *parts; ++at)
            parts[at] = (decltype(all[0].x))(at * 37 % 101 + 2) / (decltype(all[0].x))(at % 5 == 0 ? 1 : 3) + 1;
    }
    void print(const char *name) const {
        std::printf("%s", name);
        for (const T &vector : all)
            for (int part = 0; part < N; ++part) std::printf(" %.17g", (double)(&vector.x)[part]);
        std::printf("\n");
    }
};

int main() {
    Vectors<float2, 2> f;
    Vectors<float3, 3> g;
    Vectors<float4, 4> h;
    Vectors<int2, 2> i;
    Vectors<int4, 4> k;
    Vectors<double2, 2> d;
    Vectors<uint2, 2> u;
    Vectors<int3, 3> t;
    use(f.all, g.all, h.all, i.all, k.all, d.all, u.all, t.all);
    f.print("float2");
    g.print("float3");
    h.print("float4");
    i.print("int2");
    k.print("int4");
    d.print("double2");
    u.print("uint2");
    t.print("int3");
}
