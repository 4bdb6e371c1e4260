//! needs: texture_reference
/// A reference that a call of CUDA binds: CUDA's functions take constant references and pointers.
template <typename T, int D, hipTextureReadMode M>
inline auto mutable_reference(const texture_reference<T, D, M> &to) -> texture_reference<T, D, M> & {
    return const_cast<texture_reference<T, D, M> &>(to);
}
template <typename T, int D, hipTextureReadMode M>
inline auto mutable_reference(const texture_reference<T, D, M> *to) -> texture_reference<T, D, M> & {
    return const_cast<texture_reference<T, D, M> &>(*to);
}
