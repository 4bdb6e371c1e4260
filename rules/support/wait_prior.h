/// Waits until all copies of the group but the last `Stages` are complete. It waits for all of them.
template <unsigned Stages, typename Group>
inline __device__ void wait_prior(const Group &group) {
    group.sync();
}
