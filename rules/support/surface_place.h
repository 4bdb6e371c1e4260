//! needs: software_texture
/// The address of a place in a surface, of which `x` counts bytes. Outside, clamped accesses take the nearest place, accesses
/// with zeros get null, and all others stop the kernel.
inline __device__ auto surface_place(const software_texture &surface, int x, int y, int z, int bytes, int mode) -> char * {
    const int width = surface.width * surface.texel;
    const bool is_inside = x >= 0 && x + bytes <= width && y >= 0 && y < surface.height && z >= 0 && z < surface.depth;
    if (!is_inside && mode == hipBoundaryModeZero) return nullptr;
    if (!is_inside && mode != hipBoundaryModeClamp) __builtin_trap();
    if (!is_inside) {
        x = x < 0 ? 0 : x + bytes <= width ? x : width - bytes;
        y = y < 0 ? 0 : y < surface.height ? y : surface.height - 1;
        z = z < 0 ? 0 : z < surface.depth ? z : surface.depth - 1;
    }
    return surface.data + static_cast<size_t>(z) * surface.slice + static_cast<size_t>(y) * surface.pitch + x;
}
