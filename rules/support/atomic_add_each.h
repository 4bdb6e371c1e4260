/// Adds each component of `value` to the one in memory, and returns what was there. Each component is added in one step, but not the
/// vector, as in CUDA.
inline __device__ float2 atomic_add_each(float2 *address, float2 value) {
    return make_float2(atomicAdd(&address->x, value.x), atomicAdd(&address->y, value.y));
}

/// The same for four components.
inline __device__ float4 atomic_add_each(float4 *address, float4 value) {
    return make_float4(atomicAdd(&address->x, value.x), atomicAdd(&address->y, value.y), atomicAdd(&address->z, value.z), atomicAdd(&address->w, value.w));
}
