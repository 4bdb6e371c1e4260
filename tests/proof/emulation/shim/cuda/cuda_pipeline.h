// The primitives for copies of one thread, as the CUDA C++ Programming Guide describes them. A copy is made as late as possible:
// when the thread waits for its batch.
#pragma once

#include <cuda/pipeline>
#include <map>

namespace cuda_shim {
inline std::map<lanes::Lane *, cuda::pipeline<cuda::thread_scope_thread>> pipelines;
inline cuda::pipeline<cuda::thread_scope_thread> &pipeline() { return pipelines[lanes::current]; }
} // namespace cuda_shim

inline void __pipeline_memcpy_async(void *to, const void *from, std::size_t size, std::size_t zeros = 0) {
    cuda_shim::pipeline().copies.push_back([=] {
        std::memset(to, 0, size);
        std::memcpy(to, from, size - zeros);
    });
}
inline void __pipeline_commit() { cuda_shim::pipeline().producer_commit(); }
inline void __pipeline_wait_prior(std::size_t prior) { cuda_shim::pipeline().wait_prior(prior); }
