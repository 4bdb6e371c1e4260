//! needs: is_finite_number residue_sign step_directed
/// The product rounded down (`direction` -1), toward zero (0) or up (1).
inline __device__ double dmul_directed(double a, double b, int direction) {
    const double near = a * b;
    if (!is_finite_number(a) || !is_finite_number(b) || a == 0.0 || b == 0.0) return near;
    if (!is_finite_number(near)) return step_directed(near, near < 0.0 ? 1 : -1, direction);
    return step_directed(near, residue_sign(a, b, 0.0, near), direction);
}
