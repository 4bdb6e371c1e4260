//! Looks up AMD's architectures and products by their names.

use crate::{ARCHITECTURES, Architecture, PRODUCTS};

/// The figures of the architecture `name`, such as `gfx942`.
pub fn architecture(name: &str) -> Option<&'static Architecture> {
    ARCHITECTURES.iter().find(|architecture| architecture.names.contains(&name))
}

/// The architecture that `text` names: `gfx942`, or a product such as `MI300X`, in any case and with or without spaces.
pub fn target_of(text: &str) -> Option<&'static str> {
    let wanted = plain(text);
    let of_product =
        || PRODUCTS.iter().find(|product| plain(product.name) == wanted).map(|product| product.target);
    names().find(|name| *name == wanted).or_else(of_product)
}

/// The known architectures and products nearest to `text`, at most three: those that share the longest beginning.
pub fn near_target(text: &str) -> Vec<&'static str> {
    let wanted = plain(text);
    let shared = |name: &str| plain(name).bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let mut known: Vec<&str> = names().chain(PRODUCTS.iter().map(|product| product.name)).collect();
    let most = known.iter().map(|name| shared(name)).max().unwrap_or(0);
    known.retain(|name| most > 2 && shared(name) == most);
    known.truncate(3);
    known
}

fn names() -> impl Iterator<Item = &'static str> {
    ARCHITECTURES.iter().flat_map(|architecture| architecture.names.iter().copied())
}

/// A name in lower case, without spaces, hyphens and the words of the brand.
fn plain(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let words = text.split([' ', '-', '_']).filter(|word| !["amd", "instinct", "radeon"].contains(word));
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_a_known_architecture() {
        for product in PRODUCTS {
            assert!(architecture(product.target).is_some(), "{product:?}");
        }
    }

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!(target_of("gfx942"), Some("gfx942"));
        assert_eq!(target_of("GFX90A"), Some("gfx90a"));
        assert_eq!(target_of("MI300X"), Some("gfx942"));
        assert_eq!(target_of("AMD Instinct mi355x"), Some("gfx950"));
        assert_eq!(target_of("rx7900xtx"), Some("gfx1100"));
        assert_eq!(target_of("gfx9"), None);
        assert_eq!(target_of("sm_80"), None);
    }

    #[test]
    fn near_names_begin_alike() {
        assert_eq!(near_target("gfx943"), ["gfx940", "gfx941", "gfx942"]);
        assert_eq!(near_target("MI300"), ["MI300A", "MI300X"]);
        assert_eq!(near_target("sm_80"), [""; 0]);
    }
}
