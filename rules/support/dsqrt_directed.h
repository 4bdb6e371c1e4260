//! needs: is_finite_number residue_sign step_directed
/// The square root rounded down (`direction` -1), toward zero (0) or up (1).
inline __device__ double dsqrt_directed(double a, int direction) {
    const double near = sqrt(a);
    if (!is_finite_number(near) || near == 0.0) return near;
    return step_directed(near, residue_sign(-near, near, a, 0.0), direction);
}
