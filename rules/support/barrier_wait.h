//! needs: barrier_arrive
/// The second part of a barrier. It synchronises the threads of the group.
template <typename Group>
inline __device__ void barrier_wait(const Group &group, arrival_token = {}) {
    group.sync();
}
