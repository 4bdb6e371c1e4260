//! include: hip/library_types.h
//! include: rocsparse/rocsparse.h
/// rocSPARSE's number of a data type. For a type that rocSPARSE lacks, it reports an invalid value.
inline rocsparse_datatype sparse_datatype(hipDataType type) {
    switch (type) {
    case HIP_R_32F: return rocsparse_datatype_f32_r;
    case HIP_R_64F: return rocsparse_datatype_f64_r;
    case HIP_C_32F: return rocsparse_datatype_f32_c;
    case HIP_C_64F: return rocsparse_datatype_f64_c;
    case HIP_R_8I: return rocsparse_datatype_i8_r;
    case HIP_R_8U: return rocsparse_datatype_u8_r;
    case HIP_R_32I: return rocsparse_datatype_i32_r;
    case HIP_R_32U: return rocsparse_datatype_u32_r;
    default: return static_cast<rocsparse_datatype>(0);
    }
}
