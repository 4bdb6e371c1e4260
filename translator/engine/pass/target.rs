//! The target of the output, and the differences between its GPU architectures.

use tranship_rules::{Release, Rules};

/// The format of 8-bit floats in hardware. CUDA has OCP's formats.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Float8 {
    /// No 8-bit floats in hardware: the software chooses a format.
    None,
    /// Formats with other ranges than OCP's, no infinity and no negative zero.
    Fnuz,
    /// The formats of the Open Compute Project.
    Ocp,
}

/// Architectures with names that begin with `name`.
struct Family {
    name: &'static str,
    /// The lanes of a wave.
    wave: u32,
    float8: Float8,
    /// Whether it has texture units.
    images: bool,
}

/// All families; the first that fits counts. Sources: "HIP hardware implementation" of ROCm 7.0 for lanes, "HIP low
/// precision types" of ROCm 7.0 for floats, `__HIP_NO_IMAGE_SUPPORT` in `amd_device_functions.h` of HIP 7.1 for texture
/// units. For gfx125 as for gfx942, `llc` of LLVM 22 writes no instruction for `llvm.amdgcn.image.*`.
const FAMILIES: &[Family] = &[
    Family { name: "gfx940", wave: 64, float8: Float8::Fnuz, images: false },
    Family { name: "gfx941", wave: 64, float8: Float8::Fnuz, images: false },
    Family { name: "gfx942", wave: 64, float8: Float8::Fnuz, images: false },
    Family { name: "gfx950", wave: 64, float8: Float8::Ocp, images: false },
    Family { name: "gfx9", wave: 64, float8: Float8::None, images: true },
    Family { name: "gfx125", wave: 32, float8: Float8::Ocp, images: false },
    Family { name: "gfx12", wave: 32, float8: Float8::Ocp, images: true },
    Family { name: "gfx", wave: 32, float8: Float8::None, images: true },
];

impl Family {
    fn of(arch: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| arch.starts_with(family.name))
    }
}

/// The releases and architectures of the output.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The ROCm release that compiles the output.
    pub rocm: Release,
    /// The CUDA release of the input; `None` means the newest.
    pub cuda: Option<Release>,
    /// GPU architectures, such as `gfx942`.
    pub archs: Vec<String>,
}

impl Target {
    /// The newest ROCm release that the tables name, for gfx942.
    pub fn newest(rules: &Rules) -> Self {
        Self { rocm: rules.newest_rocm(), cuda: None, archs: vec!["gfx942".to_owned()] }
    }

    fn families(&self) -> impl Iterator<Item = &'static Family> {
        self.archs.iter().filter_map(|arch| Family::of(arch))
    }

    /// Whether the 8-bit floats of every architecture are OCP's, as CUDA's are.
    pub fn has_ocp_formats(&self) -> bool {
        self.families().all(|family| family.float8 == Float8::Ocp)
    }

    /// Whether the 8-bit floats of some architecture have other ranges than CUDA's.
    pub fn has_fnuz_formats(&self) -> bool {
        self.families().any(|family| family.float8 == Float8::Fnuz)
    }

    /// The number of lanes of a wave; `None` if the architectures differ.
    pub fn wave(&self) -> Option<u32> {
        let mut waves = self.families().map(|family| family.wave);
        let first = waves.next()?;
        waves.all(|wave| wave == first).then_some(first)
    }

    /// Bytes of shared memory that a block can have on every architecture; `None` if the size is unknown for one of
    /// them. LDS: AMD GPU specifications, ROCm 7.13; for gfx1250, and for the others again, the size that clang 22 accepts.
    pub fn shared_memory(&self) -> Option<u32> {
        let of = |arch: &String| match arch.as_str() {
            "gfx950" => Some(160 * 1024),
            arch if arch.starts_with("gfx125") => Some(320 * 1024),
            arch if ["gfx9", "gfx10", "gfx11", "gfx12"].iter().any(|of| arch.starts_with(of)) => {
                Some(64 * 1024)
            }
            _ => None,
        };
        self.archs.iter().map(of).try_fold(u32::MAX, |least, bytes| Some(least.min(bytes?)))
    }

    /// The architectures that have no texture units.
    pub fn without_images(&self) -> Vec<&str> {
        let lacks = |arch: &&str| Family::of(arch).is_some_and(|family| !family.images);
        self.archs.iter().map(String::as_str).filter(lacks).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(archs: &[&str]) -> Target {
        let archs = archs.iter().map(|arch| (*arch).to_owned()).collect();
        Target { rocm: Release::new(7, 1), cuda: None, archs }
    }

    #[test]
    fn waves_are_known_where_all_architectures_agree() {
        assert_eq!(target(&["gfx90a", "gfx942"]).wave(), Some(64));
        assert_eq!(target(&["gfx1030", "gfx1201"]).wave(), Some(32));
        assert_eq!(target(&["gfx90a", "gfx1100"]).wave(), None);
    }

    #[test]
    fn floats_and_images_are_those_of_the_hardware() {
        assert!(target(&["gfx950", "gfx1200"]).has_ocp_formats());
        assert!(!target(&["gfx950", "gfx942"]).has_ocp_formats());
        assert!(!target(&["gfx90a"]).has_ocp_formats() && !target(&["gfx90a"]).has_fnuz_formats());
        assert!(target(&["gfx942"]).has_fnuz_formats());
        assert_eq!(target(&["gfx90a", "gfx942", "gfx1100", "gfx950"]).without_images(), ["gfx942", "gfx950"]);
        assert_eq!(target(&["gfx1200", "gfx1250", "gfx1251"]).without_images(), ["gfx1250", "gfx1251"]);
    }

    #[test]
    fn shared_memory_is_the_least_of_the_targets() {
        assert_eq!(target(&["gfx950"]).shared_memory(), Some(160 * 1024));
        assert_eq!(target(&["gfx950", "gfx1250"]).shared_memory(), Some(160 * 1024));
        assert_eq!(target(&["gfx1250"]).shared_memory(), Some(320 * 1024));
        assert_eq!(target(&["gfx1100", "gfx1250"]).shared_memory(), Some(64 * 1024));
    }

    #[test]
    fn a_longer_family_name_is_before_a_shorter_one() {
        for (at, family) in FAMILIES.iter().enumerate() {
            let earlier = FAMILIES[..at].iter().find(|other| family.name.starts_with(other.name));
            assert!(earlier.is_none(), "{} is never reached", family.name);
        }
    }
}
