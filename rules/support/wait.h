/// Waits until the copies of the group are complete and all of its threads see their results.
template <typename Group>
inline __device__ void wait(const Group &group) {
    group.sync();
}
