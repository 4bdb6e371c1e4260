//! needs: texture_reference
/// A reference that a call of CUDA binds: CUDA's functions take constant references and pointers.
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline auto mutable_reference(const texture_reference<Type, Dimensions, Mode> &to) -> texture_reference<Type, Dimensions, Mode> & {
    return const_cast<texture_reference<Type, Dimensions, Mode> &>(to);
}
template <typename Type, int Dimensions, hipTextureReadMode Mode>
inline auto mutable_reference(const texture_reference<Type, Dimensions, Mode> *to) -> texture_reference<Type, Dimensions, Mode> & {
    return const_cast<texture_reference<Type, Dimensions, Mode> &>(*to);
}
