//! The target of the output, and the differences between its GPU architectures.

use tranship_rules::{Architecture, Release, Rules, architecture};

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

    fn architectures(&self) -> impl Iterator<Item = &'static Architecture> {
        self.archs.iter().filter_map(|arch| architecture(arch))
    }

    /// Whether the 8-bit floats of every architecture are OCP's, as CUDA's are.
    pub fn has_ocp_formats(&self) -> bool {
        self.architectures().all(|architecture| architecture.float8 == "OCP")
    }

    /// Whether the 8-bit floats of some architecture have other ranges than CUDA's.
    pub fn has_fnuz_formats(&self) -> bool {
        self.architectures().any(|architecture| architecture.float8 == "FNUZ")
    }

    /// The number of lanes of a wave; `None` if the architectures differ.
    pub fn wave(&self) -> Option<u32> {
        let mut waves = self.architectures().map(|architecture| architecture.wave);
        let first = waves.next()?;
        waves.all(|wave| wave == first).then_some(first)
    }

    /// Whether a wave of some architecture has 32 lanes.
    pub fn has_narrow_waves(&self) -> bool {
        self.architectures().any(|architecture| architecture.wave == 32)
    }

    /// Bytes of shared memory that a block can have on every architecture; `None` if the size is unknown for one of
    /// them.
    pub fn shared_memory(&self) -> Option<u32> {
        let of = |arch: &String| architecture(arch).map(|architecture| architecture.lds * 1024);
        self.archs.iter().map(of).try_fold(u32::MAX, |least, bytes| Some(least.min(bytes?)))
    }

    /// Whether every architecture has one instruction for any function of three bits.
    pub fn has_bitop3(&self) -> bool {
        self.archs.iter().all(|arch| architecture(arch).is_some_and(|architecture| architecture.bitop3))
    }

    /// Whether some architecture has texture units.
    pub fn has_images(&self) -> bool {
        self.architectures().any(|architecture| architecture.images)
    }

    /// The architectures that have no graphics hardware: those of AMD Instinct, whose generations are called CDNA.
    pub fn without_graphics(&self) -> Vec<&str> {
        let lacks = |arch: &&str| {
            architecture(arch).is_some_and(|architecture| architecture.generation.starts_with("CDNA"))
        };
        self.archs.iter().map(String::as_str).filter(lacks).collect()
    }

    /// The architectures that have no texture units.
    pub fn without_images(&self) -> Vec<&str> {
        let lacks = |arch: &&str| architecture(arch).is_some_and(|architecture| !architecture.images);
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
        assert!(target(&["gfx950", "gfx1250"]).has_bitop3() && !target(&["gfx950", "gfx942"]).has_bitop3());
        assert_eq!(target(&["gfx90a", "gfx942", "gfx1100", "gfx950"]).without_images(), ["gfx942", "gfx950"]);
        assert_eq!(target(&["gfx1200", "gfx1250", "gfx1251"]).without_images(), ["gfx1250", "gfx1251"]);
    }

    #[test]
    fn instinct_has_no_graphics_hardware_and_rdna_has_narrow_waves() {
        let mixed = target(&["gfx906", "gfx908", "gfx90a", "gfx942", "gfx950", "gfx1100"]);
        assert_eq!(mixed.without_graphics(), ["gfx908", "gfx90a", "gfx942", "gfx950"]);
        assert!(mixed.has_images() && mixed.has_narrow_waves());
        assert!(!target(&["gfx942", "gfx950"]).has_images() && !target(&["gfx90a"]).has_narrow_waves());
    }

    #[test]
    fn shared_memory_is_the_least_of_the_targets() {
        assert_eq!(target(&["gfx950"]).shared_memory(), Some(160 * 1024));
        assert_eq!(target(&["gfx950", "gfx1250"]).shared_memory(), Some(160 * 1024));
        assert_eq!(target(&["gfx1250"]).shared_memory(), Some(320 * 1024));
        assert_eq!(target(&["gfx1100", "gfx1250"]).shared_memory(), Some(64 * 1024));
    }
}
