//! The types of PTX and their names in C++.

/// The type of a register, an operand or an expression.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A predicate: `bool`.
    Predicate,
    /// An integer of 8, 16, 32 or 64 bits.
    Integer { bits: u32, signed: bool },
    /// `float`
    Float,
    /// `double`
    Double,
    /// `__half`
    Half,
    /// `__half2`
    Half2,
    /// `__hip_bfloat16`
    Bfloat,
    /// `__hip_bfloat162`
    Bfloat2,
    /// An expression of the host file with this number of bits: an integer, an enumerator or, with 64 bits, a pointer.
    Unknown { bits: u32 },
}

impl Type {
    pub(super) const U16: Self = Self::Integer { bits: 16, signed: false };
    pub(super) const U32: Self = Self::Integer { bits: 32, signed: false };
    pub(super) const S32: Self = Self::Integer { bits: 32, signed: true };
    pub(super) const U64: Self = Self::Integer { bits: 64, signed: false };

    /// The type with the name `name` in PTX; `None` if no row of the table uses it.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "pred" => Self::Predicate,
            "f32" => Self::Float,
            "f64" => Self::Double,
            "f16" => Self::Half,
            "f16x2" => Self::Half2,
            "bf16" => Self::Bfloat,
            "bf16x2" => Self::Bfloat2,
            _ => {
                let (letter, bits) = name.split_at_checked(1)?;
                let bits: u32 = bits.parse().ok().filter(|bits| matches!(bits, 8 | 16 | 32 | 64))?;
                match letter {
                    "u" | "b" => Self::Integer { bits, signed: false },
                    "s" => Self::Integer { bits, signed: true },
                    _ => return None,
                }
            }
        })
    }

    /// Its number of bits; a predicate has one.
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Predicate => 1,
            Self::Integer { bits, .. } | Self::Unknown { bits } => bits,
            Self::Float | Self::Half2 | Self::Bfloat2 => 32,
            Self::Double => 64,
            Self::Half | Self::Bfloat => 16,
        }
    }

    /// The unsigned integer with the same number of bits.
    pub(super) fn unsigned(self) -> Self {
        Self::Integer { bits: self.bits(), signed: false }
    }

    /// The signed integer with the same number of bits.
    pub(super) fn signed(self) -> Self {
        Self::Integer { bits: self.bits(), signed: true }
    }

    /// The type with twice the number of bits.
    pub(super) fn doubled(self) -> Self {
        match self {
            Self::Integer { bits, signed } => Self::Integer { bits: bits * 2, signed },
            Self::Float => Self::Double,
            other => other,
        }
    }

    /// Its name in C++.
    pub(super) fn cpp(self) -> &'static str {
        match self {
            Self::Predicate => "bool",
            Self::Float => "float",
            Self::Double => "double",
            Self::Half => "__half",
            Self::Half2 => "__half2",
            Self::Bfloat => "__hip_bfloat16",
            Self::Bfloat2 => "__hip_bfloat162",
            Self::Integer { bits, signed } => match (bits, signed) {
                (8, false) => "unsigned char",
                (8, true) => "signed char",
                (16, false) => "unsigned short",
                (16, true) => "short",
                (32, false) => "unsigned",
                (32, true) => "int",
                (_, false) => "unsigned long long",
                (_, true) => "long long",
            },
            Self::Unknown { bits } => Self::Integer { bits, signed: false }.cpp(),
        }
    }

    /// HIP's vector of `count` elements of this type, for loads and stores.
    pub(super) fn vector(self, count: usize) -> Option<String> {
        let name = match self {
            Self::Float => "float",
            Self::Double => "double",
            Self::Integer { bits, signed } => match (bits, signed) {
                (8, false) => "uchar",
                (8, true) => "char",
                (16, false) => "ushort",
                (16, true) => "short",
                (32, false) => "uint",
                (32, true) => "int",
                (_, false) => "ulonglong",
                (_, true) => "longlong",
            },
            _ => return None,
        };
        matches!(count, 2 | 4).then(|| format!("{name}{count}"))
    }
}

/// The type that the words `words` of C++ declare, if it is a plain number.
pub(super) fn declared(words: &[&str]) -> Option<Type> {
    let kept: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| {
            !matches!(*word, "const" | "volatile" | "static" | "std" | "::" | "constexpr" | "&" | "register")
        })
        .collect();
    Some(match kept[..] {
        ["unsigned" | "uint32_t" | "uint" | "u32"] | ["unsigned", "int"] => Type::U32,
        ["int" | "int32_t" | "signed"] => Type::S32,
        ["uint64_t" | "size_t" | "uintptr_t"]
        | ["unsigned", "long"]
        | ["unsigned", "long", "long"]
        | ["unsigned", "long", "long", "int"] => Type::U64,
        ["int64_t"] | ["long", "long"] => Type::U64.signed(),
        ["uint16_t" | "ushort"] | ["unsigned", "short"] => Type::U16,
        ["short" | "int16_t"] => Type::U16.signed(),
        ["float"] => Type::Float,
        ["double"] => Type::Double,
        _ => return None,
    })
}
