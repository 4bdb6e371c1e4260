//! How the declarations of CUDA's names differ from those of HIP. `rules/tools/contracts` writes the tables from the headers.

/// The tables of all libraries.
const TABLES: &[&str] = &[
    include_str!("../tables/contracts/cuComplex.txt"),
    include_str!("../tables/contracts/cublas.txt"),
    include_str!("../tables/contracts/cublaslt.txt"),
    include_str!("../tables/contracts/cuda_driver.txt"),
    include_str!("../tables/contracts/cudart.txt"),
    include_str!("../tables/contracts/cudnn.txt"),
    include_str!("../tables/contracts/cufft.txt"),
    include_str!("../tables/contracts/curand.txt"),
    include_str!("../tables/contracts/cusolver.txt"),
    include_str!("../tables/contracts/cusparse.txt"),
    include_str!("../tables/contracts/nccl.txt"),
    include_str!("../tables/contracts/nvrtc.txt"),
    include_str!("../tables/contracts/nvtx.txt"),
];

/// The result of the comparison of one name for some pairs of releases.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// `function`, `structure`, `enumeration` or `value`.
    pub kind: &'static str,
    /// The pairs of releases: `11.8/6.4 12.4/6.4` is CUDA 11.8 and 12.4, each with ROCm 6.4.
    pub releases: &'static str,
    /// The differences, separated by `; `; empty if the declarations are equal.
    pub differences: &'static str,
}

/// The comparisons of the CUDA name `cuda`; none if no header of both sides declares it as C.
pub fn contracts(cuda: &str) -> Vec<Contract> {
    let mut found = Vec::new();
    for table in TABLES {
        let mut section = None;
        for line in table.lines() {
            if let Some(head) = line.strip_prefix('[') {
                section = head.strip_suffix(']').and_then(|head| head.split_once(": "));
            }
            let Some((title, releases)) = section else { continue };
            let Some((kind, outcome)) = title.split_once(' ') else { continue };
            let (name, differences) = line.split_once(": ").unwrap_or((line, ""));
            if name == cuda && matches!(outcome, "equal" | "different") {
                found.push(Contract { kind, releases, differences });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_folder_is_read() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tables/contracts");
        let files = std::fs::read_dir(folder).expect("the tables are in the checkout");
        let tables = files.flatten().filter(|file| file.file_name() != "reasons.txt");
        assert_eq!(tables.count(), TABLES.len());
    }

    #[test]
    fn a_name_has_its_comparisons() {
        let found = contracts("cuCabs");
        assert_eq!((found.len(), found[0].kind, found[0].differences), (1, "function", ""));
        assert!(found[0].releases.starts_with("11.8/5.2 "));
        let found = contracts("cublasDgetriBatched");
        assert!(found[0].differences.starts_with("2 const-removed const double *const * -> "), "{found:?}");
        assert_eq!(contracts("cublasHgemm_64"), []);
    }
}
