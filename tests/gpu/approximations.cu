// Approximations that the proof on this machine does not run, or runs without `.ftz`: each is one instruction.
#include <cuda_runtime.h>

__device__ void root_reciprocal(float &d, float a) { asm("rsqrt.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void root_reciprocal_ftz(float &d, float a) { asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void sine(float &d, float a) { asm("sin.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void cosine(float &d, float a) { asm("cos.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void logarithm(float &d, float a) { asm("lg2.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void logarithm_ftz(float &d, float a) { asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void exponential(float &d, float a) { asm("ex2.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void tangent(float &d, float a) { asm("tanh.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void root(float &d, float a) { asm("sqrt.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void root_ftz(float &d, float a) { asm("sqrt.approx.ftz.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void reciprocal(float &d, float a) { asm("rcp.approx.f32 %0, %1;" : "=f"(d) : "f"(a)); }
__device__ void quotient_full(float &d, float a, float b) { asm("div.full.f32 %0, %1, %2;" : "=f"(d) : "f"(a), "f"(b)); }
__device__ void sum_ftz(float &d, float a, float b) { asm("add.ftz.f32 %0, %1, %2;" : "=f"(d) : "f"(a), "f"(b)); }
__device__ void product_ftz(float &d, float a, float b) { asm("mul.ftz.f32 %0, %1, %2;" : "=f"(d) : "f"(a), "f"(b)); }
__device__ void multiplied_ftz(float &d, float a, float b, float c)
{
    asm("fma.rn.ftz.f32 %0, %1, %2, %3;" : "=f"(d) : "f"(a), "f"(b), "f"(c));
}
