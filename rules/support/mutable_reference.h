//! needs: texture_reference
/// A reference that a call of CUDA binds: CUDA's functions take constant references and pointers.
template <typename T, int D, hipTextureReadMode Mode>
inline auto mutable_reference(const texture_reference<T, D, Mode> &to) -> texture_reference<T, D, Mode> & {
    return const_cast<texture_reference<T, D, Mode> &>(to);
}
template <typename T, int D, hipTextureReadMode Mode>
inline auto mutable_reference(const texture_reference<T, D, Mode> *to) -> texture_reference<T, D, Mode> & {
    return const_cast<texture_reference<T, D, Mode> &>(*to);
}
