//! What the output is for, and what sets the GPU architectures apart that it names.

use tranship_rules::{Release, Rules};

/// Which 8-bit floats the hardware has. CUDA's are OCP's.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Float8 {
    /// None, so that software decides.
    None,
    /// With other ranges than OCP's, no infinity and no negative zero.
    Fnuz,
    Ocp,
}

/// Architectures whose names begin alike.
struct Family {
    name: &'static str,
    /// Lanes of a wave.
    wave: u32,
    float8: Float8,
    /// Whether it has texture units.
    images: bool,
}

/// The longest name that fits counts. Lanes: HIP hardware implementation, ROCm 7.0. Floats: HIP low precision types, ROCm
/// 7.0. Texture units: `__HIP_NO_IMAGE_SUPPORT` in `amd_device_functions.h` of HIP 7.1.
const FAMILIES: &[Family] = &[
    Family { name: "gfx940", wave: 64, float8: Float8::Fnuz, images: false },
    Family { name: "gfx941", wave: 64, float8: Float8::Fnuz, images: false },
    Family { name: "gfx942", wave: 64, float8: Float8::Fnuz, images: false },
    Family { name: "gfx950", wave: 64, float8: Float8::Ocp, images: false },
    Family { name: "gfx9", wave: 64, float8: Float8::None, images: true },
    Family { name: "gfx12", wave: 32, float8: Float8::Ocp, images: true },
    Family { name: "gfx", wave: 32, float8: Float8::None, images: true },
];

impl Family {
    fn of(arch: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| arch.starts_with(family.name))
    }
}

/// What the output is for.
#[derive(Clone, Debug)]
pub struct Target {
    /// ROCm release that compiles the output.
    pub rocm: Release,
    /// CUDA release that the input is written for; `None` means the newest.
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

    /// How many lanes a wave of every architecture has; `None` where they differ.
    pub fn wave(&self) -> Option<u32> {
        let mut waves = self.families().map(|family| family.wave);
        let first = waves.next()?;
        waves.all(|wave| wave == first).then_some(first)
    }

    /// Bytes of shared memory that a block can have on every architecture; `None` where one is not known here. LDS: AMD GPU
    /// specifications, ROCm 7.13.
    pub fn shared_memory(&self) -> Option<u32> {
        let of = |arch: &String| match arch.as_str() {
            "gfx950" => Some(160 * 1024),
            arch if arch.starts_with("gfx9") => Some(64 * 1024),
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
    }

    #[test]
    fn a_family_stands_before_those_whose_name_its_own_begins_with() {
        for (at, family) in FAMILIES.iter().enumerate() {
            let earlier = FAMILIES[..at].iter().find(|other| family.name.starts_with(other.name));
            assert!(earlier.is_none(), "{} is never reached", family.name);
        }
    }
}
